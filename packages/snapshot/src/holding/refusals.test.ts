import { describe, expect, it } from 'vitest';
import { contentHash, typeVersion } from '../hash.ts';
import type { MeshSnapshot } from '../snapshot.ts';
import type { SessionStatus } from '../status/session.ts';
import { sampleSession } from '../testing/statusTableContract.ts';
import { HOLD_LIMITS, type HoldLimits, refusedTooOften } from './refusals.ts';

const CLUSTER = 'type.googleapis.com/envoy.config.cluster.v3.Cluster';
const OWNER = '123456789012';
const BAD = contentHash(Buffer.from('bad'));
const BY_NUMBER: HoldLimits = { identities: 3, share: undefined };
const BY_SHARE: HoldLimits = { identities: undefined, share: 0.1 };

/** A mesh whose nodes `n0`, `n1`… all get the same cluster, and one more, `own`, that gets another. */
function snapshotOf(count: number, hash = BAD): MeshSnapshot {
  const proxy = (content: string) => {
    const references = new Map([['c', content]]);
    const types = new Map([[CLUSTER, { version: typeVersion(references), references }]]);
    return { types, endpointQueries: new Map(), sources: new Map() };
  };
  const nodes = Array.from({ length: count }, (_, number) => [`virtualNode/n${number}`, proxy(hash)] as const);
  return {
    mesh: `${OWNER}/apps`,
    version: { epoch: 1, n: 1n, build: 1 },
    resources: new Map(),
    proxies: new Map([...nodes, ['virtualNode/own', proxy('other')]]),
  };
}

const VERSION = typeVersion(new Map([['c', BAD]]));
const exchange = { version: VERSION, snapshotVersion: '1.1.1', at: '2026-01-01T00:00:00.000Z' };
let ids = 0;

function session(node: number | string, type: Partial<SessionStatus['types'][number]>, more: Partial<SessionStatus> = {}): SessionStatus {
  const proxy = typeof node === 'number' ? `virtualNode/n${node}` : node;
  ids += 1;
  return sampleSession({ id: `${ids}`, proxy, types: [{ typeUrl: CLUSTER, state: 'SYNCED', ...type }], ...more });
}
const refusing = (node: number | string, more: Partial<SessionStatus> = {}, message = 'no', hash = BAD): SessionStatus =>
  session(node, { state: 'REJECTED', rejected: { ...exchange, message, causes: [], contents: [{ name: 'c', hash }] } }, more);
const taking = (node: number | string, more: Partial<SessionStatus> = {}): SessionStatus =>
  session(node, { state: 'SYNCED', acked: { ...exchange, millis: 1 } }, more);
const waiting = (node: number | string): SessionStatus => session(node, { state: 'STALE' });
const nodes = (from: number, to: number, make: (node: number) => SessionStatus): readonly SessionStatus[] =>
  Array.from({ length: to - from }, (_, place) => make(from + place));
const held = (sessions: readonly SessionStatus[], limits = HOLD_LIMITS, snapshot = snapshotOf(40)) =>
  refusedTooOften(snapshot, sessions, limits).map(({ name, hash }) => `${name} ${hash}`);
const IS_HELD = [`c ${BAD}`];

describe('content is held', () => {
  it('from three node identities of one Envoy version', () => {
    expect(held([...nodes(0, 2, refusing), ...nodes(2, 40, waiting)], BY_NUMBER)).toEqual([]);
    expect(held([...nodes(0, 3, refusing), ...nodes(3, 40, waiting)], BY_NUMBER)).toEqual(IS_HELD);
  });

  it('from a tenth of the identities that are there and get it', () => {
    expect(held([...nodes(0, 2, refusing), ...nodes(2, 21, waiting)], BY_SHARE)).toEqual([]);
    expect(held([...nodes(0, 2, refusing), ...nodes(2, 20, waiting)], BY_SHARE)).toEqual(IS_HELD);
    const strangers = nodes(0, 30, () => waiting('virtualNode/own'));
    expect(held([...nodes(0, 2, refusing), ...nodes(2, 20, waiting), ...strangers], BY_SHARE)).toEqual(IS_HELD);
  });

  it('whichever of both limits is passed first, and not at all without', () => {
    const [some, many] = [nodes(0, 1, refusing), nodes(0, 3, refusing)];
    expect(held([...some, waiting(1)])).toEqual(IS_HELD);
    expect(held([...many, ...nodes(3, 40, waiting)])).toEqual(IS_HELD);
    expect(held(many, { identities: undefined, share: undefined })).toEqual([]);
  });

  it('with who refused it and what one of them said', () => {
    const [one] = refusedTooOften(snapshotOf(4), [refusing(1), refusing(0, {}, 'never'), refusing(2), waiting(3)], HOLD_LIMITS);
    expect(one).toEqual({
      typeUrl: CLUSTER,
      name: 'c',
      hash: BAD,
      nodes: ['virtualNode/n0', 'virtualNode/n1', 'virtualNode/n2'],
      envoyVersion: '1.40.0',
      nodeCount: 4,
      message: 'never',
    });
  });
});

describe('refusals count', () => {
  it('once for all replicas of a node', () => {
    const replicas = nodes(0, 50, () => refusing(0));
    expect(held([...replicas, ...nodes(1, 40, waiting)])).toEqual([]);
    expect(held([...replicas, ...replicas, ...nodes(1, 40, waiting)], BY_SHARE)).toEqual([]);
  });

  it('by Envoy version', () => {
    const versions = ['1.38.0', '1.39.0', '1.40.0'];
    const mixed = nodes(0, 3, (node) => refusing(node, { envoyVersion: versions[node] ?? '' }));
    expect(held([...mixed, ...nodes(3, 40, waiting)])).toEqual([]);
    expect(held([...mixed, refusing(3), refusing(4), ...nodes(5, 40, waiting)])).toEqual(IS_HELD);
  });

  it('not where a replica of the same node with the same Envoy has taken the content', () => {
    expect(held([...nodes(0, 3, refusing), ...nodes(0, 3, taking)])).toEqual([]);
    expect(held([...nodes(0, 3, refusing), ...nodes(0, 3, (node) => taking(node, { envoyVersion: '1.38.0' }))])).toEqual(IS_HELD);
  });

  it('not where the machine is at fault', () => {
    expect(held(nodes(0, 5, (node) => refusing(node, {}, "cannot bind '0.0.0.0:15000': Address already in use")))).toEqual([]);
    expect(held(nodes(0, 5, (node) => refusing(node, {}, 'Invalid path: /certs/a.pem')))).toEqual([]);
  });

  it('not of content that is served no more, nor of nodes that are gone from the mesh', () => {
    expect(held(nodes(0, 5, refusing), HOLD_LIMITS, snapshotOf(40, 'newer'))).toEqual([]);
    expect(held(nodes(50, 55, refusing))).toEqual([]);
  });

  it('of what one node alone gets, by no share: its replicas have nobody to be kept from it by', () => {
    expect(held([refusing('virtualNode/own', {}, 'no', 'other'), waiting(0)])).toEqual([]);
  });

  it('of a proxy that has left for as long as it is told of, and of one that went to another relay, there', () => {
    const ended = { at: '2026-01-01T00:00:01.000Z', reason: 'cut' };
    const left = nodes(0, 3, (node) => refusing(node, { ended, id: `left${node}` }));
    expect(held([...left, ...nodes(3, 40, waiting)])).toEqual(IS_HELD);
    const elsewhere = nodes(0, 3, (node) => ({ ...taking(node), id: `left${node}`, relay: 'r2' }));
    expect(held([...left, ...elsewhere, ...nodes(3, 40, waiting)])).toEqual([]);
  });

  it('no longer once the proxy accepted something newer', () => {
    const over = nodes(0, 5, (node) => {
      const [type] = refusing(node).types;
      return session(node, { ...type, state: 'SYNCED' });
    });
    expect(held(over)).toEqual([]);
  });

  it('of a relay that does not tell which content it was, not', () => {
    expect(held(nodes(0, 5, (node) => session(node, { state: 'REJECTED', rejected: { ...exchange, message: 'no', causes: [] } })))).toEqual(
      [],
    );
  });

  it('of nodes of a foreign account for what that account alone gets', () => {
    const foreign = { nodeId: 'arn:aws:appmesh:us-east-1:999999999999:mesh/apps/virtualNode/n' };
    const theirs = nodes(0, 3, (node) => refusing(node, foreign));
    expect(held([...theirs, waiting(3)], HOLD_LIMITS, snapshotOf(4))).toEqual([]);
    expect(held(theirs, HOLD_LIMITS, snapshotOf(3))).toEqual(IS_HELD);
    expect(held([...theirs, ...nodes(3, 6, refusing)])).toEqual(IS_HELD);
  });
});
