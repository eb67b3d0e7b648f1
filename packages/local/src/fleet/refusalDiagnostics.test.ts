import type { MeshDiagnostics } from '@meshwright/api';
import { CLUSTER_TYPE } from '@meshwright/envoy-api';
import type { Ref, Resource } from '@meshwright/model';
import type { SessionStatus } from '@meshwright/snapshot';
import { sampleSession } from '@meshwright/snapshot/testing';
import { describe, expect, it } from 'vitest';
import { quotedField } from './quotedField.ts';
import { RefusalDiagnostics } from './refusalDiagnostics.ts';
import { refOf } from './resourceRef.ts';

const MESH = { owner: '123456789012', mesh: 'apps' };
const exchange = { version: 'v', snapshotVersion: '1.7.1', at: '2026-01-01T00:00:01.000Z' };

function refusing(id: string, message: string, more: Partial<SessionStatus> = {}): SessionStatus {
  const causes = [{ envoyName: 'c', resource: 'virtualRouter/r/route/a', pointer: '' }];
  return sampleSession({ id, types: [{ typeUrl: CLUSTER_TYPE, state: 'REJECTED', rejected: { ...exchange, message, causes } }], ...more });
}

async function told(sessions: readonly SessionStatus[], compiled: MeshDiagnostics | undefined = { revision: 3n, diagnostics: [] }) {
  const route = { spec: { httpRoute: { match: { path: { regex: '/users/.*' } } } } } as unknown as Resource;
  const view = new RefusalDiagnostics({
    compiled: { diagnostics: async () => compiled },
    fleet: { sessions: async () => sessions },
    store: { get: async <R extends Ref>(_mesh: object, ref: R) => (ref.kind === 'route' ? (route as never) : undefined) },
  });
  return await view.diagnostics(MESH);
}

describe('diagnostics of what proxies refuse', () => {
  it('are one for all that refuse the same in the same words, at the field that Envoy quotes', async () => {
    const answer = await told([refusing('1', 'bad: /users/.*'), refusing('2', 'bad: /users/.*', { envoyVersion: '1.36.0' })]);
    expect(answer).toEqual({
      revision: 3n,
      diagnostics: [
        {
          code: 'refused-by-proxy',
          severity: 'error',
          ref: { kind: 'route', mesh: 'apps', parent: 'r', name: 'a' },
          pointer: '/httpRoute/match/path/regex',
          message: '2 proxies (Envoy 1.36.0, 1.40.0) refused what was made of it: bad: /users/.*',
          fix: expect.stringContaining('state=REJECTED'),
        },
      ],
    });
  });

  it('are of the proxy’s own resource where Envoy’s words tell nothing', async () => {
    const rejected = { ...exchange, message: 'x'.repeat(2_000), causes: [] };
    const answer = await told([sampleSession({ types: [{ typeUrl: CLUSTER_TYPE, state: 'REJECTED', rejected }] })]);
    expect(answer?.diagnostics[0]).toMatchObject({ ref: { kind: 'virtualNode', name: 'a' }, pointer: '' });
    expect(answer?.diagnostics[0]?.message.length).toBeLessThan(1_100);
  });

  it('are none of proxies that are gone or have accepted since, and none of a mesh that is not there', async () => {
    const accepted = sampleSession({
      types: [{ typeUrl: CLUSTER_TYPE, state: 'SYNCED', rejected: { ...exchange, message: 'no', causes: [] } }],
    });
    const ended = { at: exchange.at, reason: 'cut' };
    expect((await told([accepted, refusing('2', 'no', { ended })]))?.diagnostics).toEqual([]);
    const view = new RefusalDiagnostics({
      compiled: { diagnostics: async () => undefined },
      fleet: { sessions: async () => [refusing('1', 'no')] },
      store: { get: async () => undefined },
    });
    expect(await view.diagnostics(MESH)).toBeUndefined();
  });
});

describe('the field that is quoted', () => {
  const spec = { a: { list: [{ host: 'b.local', kind: 'http' }, { 'x/y': '/users/' }] } };

  it.each([
    ['Duplicate entry of domain b.local in route', '/a/list/0/host'],
    ['missing ): /users/(open', '/a/list/1/x~1y'],
    ['an http filter is missing', ''],
    ['cluster cds-b.local-http', ''],
    ['nothing of it', ''],
  ])('%s: %s', (message, pointer) => {
    expect(quotedField(spec, '', message)).toBe(pointer);
  });

  it('is looked for below the place that is known', () => {
    expect(quotedField(spec, '/a/list/1', 'b.local')).toBe('/a/list/1');
    expect(quotedField(spec, '/a/list/0', 'b.local')).toBe('/a/list/0/host');
    expect(quotedField(undefined, '/a', 'b.local')).toBe('/a');
  });
});

it.each([
  ['', { kind: 'mesh', name: 'apps' }],
  ['virtualNode/a/b', { kind: 'virtualNode', name: 'a/b' }],
  ['virtualService/a.local', { kind: 'virtualService', name: 'a.local' }],
  ['virtualRouter/r', { kind: 'virtualRouter', name: 'r' }],
  ['virtualRouter/r/route/a', { kind: 'route', parent: 'r', name: 'a' }],
  ['virtualGateway/g/gatewayRoute/a', { kind: 'gatewayRoute', parent: 'g', name: 'a' }],
  ['nonsense', undefined],
])('the path %j names %j', (path, ref) => {
  expect(refOf('apps', path)).toEqual(ref && { mesh: 'apps', ...ref });
});
