import type { Delivery } from '@meshwright/api';
import { CLUSTER_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import type { LocalServer } from '@meshwright/local';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { AdsClient, AdsStream, Response } from '../relay/adsClient.ts';
import { startSampleServer } from './sampleServer.ts';

const ROUTE = '/v20190125/meshes/apps/virtualRouter/serviceb-router/routes/serviceb-route';

let server: LocalServer;
let client: AdsClient;
let end: () => Promise<void>;
beforeEach(async () => {
  ({ server, client, end } = await startSampleServer());
});
afterEach(() => end());

const delivery = async (revision: number, wait = ''): Promise<Delivery> =>
  (await (await fetch(`${server.apiUrl}/v1/meshes/apps/revisions/${revision}/delivery${wait}`)).json()) as Delivery;

async function shiftWeights(weight: number): Promise<void> {
  const weightedTargets = [
    { virtualNode: 'serviceb', weight },
    { virtualNode: 'servicebv2', weight: 100 - weight },
  ];
  const body = JSON.stringify({ spec: { httpRoute: { match: { prefix: '/' }, action: { weightedTargets } } } });
  const answer = await fetch(server.apiUrl + ROUTE, { method: 'PUT', body });
  if (!answer.ok) throw new Error(await answer.text());
}

const ack = (stream: AdsStream, { typeUrl, nonce, version }: Response, names: readonly string[] = []): void =>
  stream.ask({ typeUrl, nonce, version, names });

/** A proxy that has taken all there is, and what it asks for of routes. */
async function connected(node: string, routes: readonly string[]): Promise<AdsStream> {
  const stream = client.sotw();
  stream.ask({ typeUrl: CLUSTER_TYPE, node });
  ack(stream, await stream.next());
  stream.ask({ typeUrl: LISTENER_TYPE });
  ack(stream, await stream.next());
  stream.ask({ typeUrl: ROUTE_TYPE, names: routes });
  ack(stream, await stream.next(), routes);
  return stream;
}

it('a revision is delivered when all that it concerns have acknowledged it; who waits is told then', async () => {
  const routes = ['rds_egress_http_8080', 'rds_ingress_http_8080'];
  const caller = await connected('mesh/apps/virtualNode/servicea', routes);
  await connected('mesh/apps/virtualNode/serviceb', ['rds_ingress_http_8080']);
  expect(await delivery(7, '?wait=30s')).toEqual({
    revision: 7,
    published: true,
    acked: 2,
    pending: 0,
    rejected: 0,
    offline: 0,
    laggards: [],
  });

  await shiftWeights(40);
  const changed = await caller.next();
  expect(await delivery(8, '?wait=100ms')).toMatchObject({
    published: true,
    // The other's configuration is the same as before.
    acked: 1,
    pending: 1,
    laggards: [{ name: 'servicea', state: 'pending', type: 'RDS' }],
  });
  const waiting = delivery(8, '?wait=30s');
  ack(caller, changed, routes);
  expect(await waiting).toMatchObject({ acked: 2, pending: 0, laggards: [] });

  await shiftWeights(30);
  const refused = await caller.next();
  const refusing = delivery(9, '?wait=30s');
  caller.ask({ typeUrl: ROUTE_TYPE, nonce: refused.nonce, names: routes, error: 'no such cluster' });
  expect(await refusing).toMatchObject({
    acked: 1,
    rejected: 1,
    laggards: [{ name: 'servicea', state: 'rejected', type: 'RDS', reason: 'no such cluster' }],
  });
  caller.call.end();
  await caller.ended;
  expect(await delivery(9, '?wait=30s')).toMatchObject({ acked: 1, offline: 1, laggards: [{ state: 'offline' }] });
});
