import type { ProxyStatus, UnknownNode } from '@meshwright/api';
import { CLUSTER_TYPE, LISTENER_TYPE } from '@meshwright/envoy-api';
import type { LocalServer } from '@meshwright/local';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startSampleServer } from '../fleet/sampleServer.ts';
import { poll } from '../process/poll.ts';
import type { AdsClient, AdsStream } from './adsClient.ts';

const NODE = 'mesh/apps/virtualNode/serviceb';

let server: LocalServer;
let client: AdsClient;
let end: () => Promise<void>;
beforeEach(async () => {
  ({ server, client, end } = await startSampleServer());
});
afterEach(() => end());

interface Listing {
  readonly proxies: readonly ProxyStatus[];
  readonly unknownNodes: readonly UnknownNode[];
  readonly nextToken?: string;
}
const get = async (path: string): Promise<Listing> => (await (await fetch(`${server.apiUrl}/v1${path}`)).json()) as Listing;
/** The one proxy, once it is in this state. */
const proxyIn = async (state: ProxyStatus['state']): Promise<ProxyStatus | undefined> => {
  const ask = async () => (await get('/meshes/apps/proxies')).proxies;
  const [proxy] = await poll({ what: `a proxy ${state}`, ask, wanted: ([only]) => only?.state === state });
  return proxy;
};

/** The same steps in either protocol. */
const protocols = {
  sotw: (): readonly [AdsStream, Speak] => {
    const stream = client.sotw();
    return [stream, (request) => stream.ask(request)];
  },
  delta: (): readonly [AdsStream, Speak] => {
    const stream = client.delta();
    const speak: Speak = ({ typeUrl, node, nonce = '', error }) =>
      stream.askDelta({
        typeUrl,
        responseNonce: nonce,
        ...(node !== undefined && { node: { id: node } }),
        ...(error !== undefined && { errorDetail: { $typeName: 'google.rpc.Status', code: 3, message: error, details: [] } }),
      });
    return [stream, speak];
  },
};
type Speak = (request: {
  readonly typeUrl: string;
  readonly node?: string;
  readonly nonce?: string;
  readonly version?: string;
  readonly error?: string;
}) => void;

describe.each(['sotw', 'delta'] as const)('GET /v1/meshes/{mesh}/proxies, %s', (protocol) => {
  it('tells what a proxy was sent, took and refused, and that it left', async () => {
    const [stream, speak] = protocols[protocol]();
    speak({ typeUrl: CLUSTER_TYPE, node: NODE });
    const clusters = await stream.next();
    expect(await proxyIn('STALE')).toMatchObject({ nodeId: NODE, meshName: 'apps', kind: 'virtualNode', name: 'serviceb', protocol });
    speak({ typeUrl: CLUSTER_TYPE, nonce: clusters.nonce, version: clusters.version });
    const synced = await proxyIn('SYNCED');
    const version = { version: clusters.version, snapshotVersion: expect.stringMatching(/^1\.7\.\d+$/) };
    expect(synced?.types.map(({ type, state }) => `${type} ${state}`)).toEqual([
      'CDS SYNCED',
      'EDS NOT_SENT',
      'LDS NOT_SENT',
      'RDS NOT_SENT',
    ]);
    expect(synced?.types[0]).toMatchObject({
      sent: { ...version, resourceCount: clusters.resourceCount },
      acked: { ...version, millis: expect.any(Number) },
    });
    speak({ typeUrl: LISTENER_TYPE });
    const listeners = await stream.next();
    speak({ typeUrl: LISTENER_TYPE, nonce: listeners.nonce, error: 'cannot bind' });
    expect((await proxyIn('REJECTED'))?.types[2]).toMatchObject({
      type: 'LDS',
      rejected: { version: listeners.version, message: 'cannot bind' },
    });
    stream.call.end();
    expect(await proxyIn('OFFLINE')).toMatchObject({ reason: 'the client ended the stream', disconnectedAt: expect.any(String) });
  });

  it('tells of a proxy whose virtual node is deleted, here and with the unknown nodes', async () => {
    const [stream, speak] = protocols[protocol]();
    const id = 'mesh/apps/virtualNode/later';
    speak({ typeUrl: CLUSTER_TYPE, node: id });
    const orphan = await proxyIn('ORPHANED');
    expect(orphan?.reason).toMatch(/has no virtual node "later"/);
    expect((await get('/unknown-nodes')).unknownNodes).toMatchObject([{ nodeId: id, state: 'ORPHANED', reason: orphan?.reason }]);
    const body = JSON.stringify({ virtualNodeName: 'later', spec: {} });
    await fetch(`${server.apiUrl}/v20190125/meshes/apps/virtualNodes`, { method: 'PUT', body });
    expect(await stream.next()).toMatchObject({ typeUrl: CLUSTER_TYPE });
    expect((await get('/unknown-nodes')).unknownNodes).toEqual([]);
  });
});

it('an unknown node hears nothing and is told of with the reason and the way out; a missing mesh is not found', async () => {
  const [unknown, early] = [client.sotw(), client.delta()];
  unknown.ask({ typeUrl: CLUSTER_TYPE, node: 'serviceb' });
  early.askDelta({ typeUrl: CLUSTER_TYPE, node: { id: 'mesh/nowhere/virtualNode/a' } });
  const ask = async () => (await get('/unknown-nodes')).unknownNodes;
  const nodes = await poll({ what: 'two unknown nodes', ask, wanted: ({ length }) => length === 2 });
  expect(nodes.map(({ nodeId, state }) => [nodeId, state])).toEqual([
    ['mesh/nowhere/virtualNode/a', 'ORPHANED'],
    ['serviceb', 'UNKNOWN'],
  ]);
  expect(nodes[1]?.reason).toMatch(/write one of these \(App Mesh.s image takes it from APPMESH_RESOURCE_ARN\)/);
  expect((await fetch(`${server.apiUrl}/v1/meshes/nowhere/proxies`)).status).toBe(404);
  // Silence, not an end: it would have been told by now.
  unknown.call.end();
  expect((await unknown.ended).status).toBe(0);
  expect(unknown.received).toBe(0);
});

it('lists a fleet in pages', async () => {
  const streams = Array.from({ length: 5 }, () => client.sotw());
  for (const stream of streams) stream.ask({ typeUrl: CLUSTER_TYPE, node: NODE });
  await Promise.all(streams.map((stream) => stream.next()));
  const ids: string[] = [];
  let token: string | undefined;
  do {
    const page = await get(`/meshes/apps/proxies?limit=2${token === undefined ? '' : `&nextToken=${token}`}`);
    ids.push(...page.proxies.map(({ id }) => id));
    token = page.nextToken;
  } while (token !== undefined);
  expect(new Set(ids).size).toBe(5);
  expect(ids).toHaveLength(5);
});
