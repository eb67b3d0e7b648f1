import type { ProxyStatus, UnknownNode } from '@meshwright/api';
import { describe, expect, it } from 'vitest';
import { statusText, type TextStyle } from './statusText.ts';

const at = '2026-01-01T10:20:30.000Z';
const exchange = { version: 'v', snapshotVersion: '1.7.1', at };

function proxy(more: Partial<ProxyStatus> = {}): ProxyStatus {
  return {
    id: '0123456789abcdef',
    nodeId: 'mesh/apps/virtualNode/a',
    relay: 'r1',
    address: '10.0.0.1:4711',
    envoyVersion: '1.40.0',
    protocol: 'delta',
    connectedAt: at,
    meshName: 'apps',
    meshOwner: '123456789012',
    kind: 'virtualNode',
    name: 'a',
    state: 'SYNCED',
    types: [
      { type: 'CDS', state: 'SYNCED' },
      { type: 'LDS', state: 'STALE' },
    ],
    ...more,
  };
}
const causes = [{ resource: 'mesh/apps/virtualNode/b', pointer: '/listeners/0', envoyName: 'c' }];
const rejecting = proxy({
  name: 'b',
  state: 'REJECTED',
  types: [{ type: 'CDS', state: 'REJECTED', rejected: { ...exchange, message: 'malformed IP\naddress', causes } }],
});
const unknown: UnknownNode = { ...proxy(), nodeId: 'nonsense', state: 'UNKNOWN', reason: 'it names no mesh' };

const ESCAPE = '\u001b';
const plain: TextStyle = { width: undefined, hasColours: false };
const text = (proxies: readonly ProxyStatus[], style = plain, unknownNodes: readonly UnknownNode[] = []) =>
  statusText({ proxies, unknownNodes }, style);

describe('the status of a fleet as text', () => {
  it('has a line per proxy, what it refuses below, and a count', () => {
    expect(text([proxy(), rejecting])).toBe(
      `PROXY               STATE     TYPES      ENVOY   ADDRESS        SINCE                RELAY  ID
apps virtualNode/a  SYNCED    CDS✓ LDS…  1.40.0  10.0.0.1:4711  2026-01-01 10:20:30  r1     0123456789abcdef
apps virtualNode/b  REJECTED  CDS✗       1.40.0  10.0.0.1:4711  2026-01-01 10:20:30  r1     0123456789abcdef
    CDS refused: mesh/apps/virtualNode/b /listeners/0: malformed IP address
2 proxies: 1 synced, 1 rejected
`,
    );
  });

  it('tells why a proxy is sent nothing, and of nodes that nobody knows', () => {
    const orphan = proxy({ state: 'ORPHANED', reason: 'it was deleted' });
    expect(text([orphan], plain, [unknown]).split('\n').slice(2)).toEqual([
      '    it was deleted',
      'UNKNOWN node nonsense from 10.0.0.1:4711',
      '    it names no mesh',
      '1 proxy: 1 orphaned; 1 unknown node',
      '',
    ]);
    expect(text([])).toBe('no proxies\n');
  });

  it('forgets what a proxy refused when it has left', () => {
    expect(text([{ ...rejecting, state: 'OFFLINE', reason: 'the connection was lost' }])).not.toContain('malformed');
  });

  it.each([30, 40, 60, 80, 200])('fits into %i columns', (width) => {
    const long = proxy({ name: 'n'.repeat(100), state: 'REJECTED', types: rejecting.types });
    const lines = text([long, rejecting], { width, hasColours: false }, [unknown]).split('\n').slice(0, -2);
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
    expect(text([long], { width, hasColours: false })).toMatch(/REJECTED/);
  });

  it('is coloured by state where there are colours', () => {
    const lines = text([rejecting], { width: undefined, hasColours: true }).split('\n');
    expect(lines[1]?.startsWith(`${ESCAPE}[31mapps virtualNode/b`)).toBe(true);
    expect(lines[1]?.endsWith(`${ESCAPE}[0m`)).toBe(true);
    expect(text([rejecting])).not.toContain(ESCAPE);
  });

  it('lets nothing that a proxy sent steer the terminal', () => {
    const evil = proxy({ address: '\u001b[2J\u202e10.0.0.1', envoyVersion: '1\n2' });
    const told = text([evil], plain, [{ ...unknown, nodeId: 'a\rb\u2028c' }]);
    for (const steering of [ESCAPE, '\r', '\u202e', '\u2028', '1\n2']) expect(told).not.toContain(steering);
  });
});
