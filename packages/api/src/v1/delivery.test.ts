import { describe, expect, it } from 'vitest';
import { deliveryOf } from './delivery.ts';
import type { ProxyStatus, ServedContent, XdsType, XdsTypeStatus } from './fleet.ts';

const at = '2026-01-01T00:00:00.000Z';
const acked = (type: XdsType, version: string, revision: number): XdsTypeStatus => ({
  type,
  state: 'SYNCED',
  acked: { version, snapshotVersion: `1.${revision}.1`, at, millis: 1 },
});
const served = (revision: bigint, versions: Partial<Record<XdsType, string>>): ServedContent => ({
  revision,
  version: (_proxy, type) => versions[type],
});

function proxy(types: readonly XdsTypeStatus[], more: Partial<ProxyStatus> = {}): ProxyStatus {
  return {
    id: '1',
    nodeId: 'n',
    relay: 'r',
    address: '',
    protocol: 'delta',
    connectedAt: at,
    meshName: 'apps',
    meshOwner: '1',
    kind: 'virtualNode',
    name: 'a',
    state: 'SYNCED',
    types,
    ...more,
  };
}

describe('a proxy runs a revision', () => {
  const all = [acked('CDS', 'c', 5), acked('LDS', 'l', 5), acked('RDS', 'r', 5)];
  const outcome = (revision: bigint, types: readonly XdsTypeStatus[], content: ServedContent | undefined) => {
    const { acked: count, laggards } = deliveryOf(revision, [proxy(types)], content);
    return count === 1 ? 'acked' : `${laggards[0]?.state} ${laggards[0]?.type}`;
  };

  it('when it acknowledged it or a newer one', () => {
    expect(outcome(5n, all, served(5n, {}))).toBe('acked');
    expect(outcome(4n, all, served(5n, {}))).toBe('acked');
    expect(outcome(6n, all, served(6n, { CDS: 'c', LDS: 'l', RDS: 'r2' }))).toBe('pending RDS');
  });

  it('when that changed nothing of what it acknowledged', () => {
    expect(outcome(9n, all, served(9n, { CDS: 'c', LDS: 'l', RDS: 'r' }))).toBe('acked');
  });

  it('not before that is published', () => {
    expect(outcome(9n, all, served(8n, { CDS: 'c', LDS: 'l', RDS: 'r' }))).toBe('pending CDS');
    expect(outcome(9n, all, undefined)).toBe('pending CDS');
  });

  it('without routes when it never asked for any, and without live endpoints', () => {
    const endpoints: XdsTypeStatus = { type: 'EDS', state: 'STALE' };
    expect(outcome(5n, [...all.slice(0, 2), endpoints, { type: 'RDS', state: 'NOT_SENT' }], served(5n, {}))).toBe('acked');
    expect(outcome(5n, [acked('CDS', 'c', 5)], served(5n, {}))).toBe('pending LDS');
  });

  it('not as long as it stands by a refusal', () => {
    const refused: XdsTypeStatus = { ...acked('LDS', 'l', 5), state: 'REJECTED' };
    expect(outcome(5n, [acked('CDS', 'c', 5), refused, acked('RDS', 'r', 5)], served(5n, {}))).toBe('rejected LDS');
  });
});

it('laggards are named up to fifty, all are counted', () => {
  const many = Array.from({ length: 60 }, (_, index) => proxy([], { id: `${index}`, nodeId: `n${index}` }));
  const { pending, laggards } = deliveryOf(1n, many, undefined);
  expect([pending, laggards.length]).toEqual([60, 50]);
});
