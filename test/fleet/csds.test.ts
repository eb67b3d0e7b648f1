import { create, fromBinary, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { Client, type ClientDuplexStream, credentials, type ServiceError, status } from '@grpc/grpc-js';
import { CLUSTER_TYPE, LISTENER_TYPE } from '@meshwright/envoy-api';
import {
  type ClientStatusRequest,
  ClientStatusRequestSchema,
  type ClientStatusResponse,
  ClientStatusResponseSchema,
  ConfigStatus,
} from '@meshwright/envoy-api/gen/envoy/service/status/v3/csds_pb.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AdsClient } from '../relay/adsClient.ts';
import { EventLog } from '../relay/relayUnderTest.ts';
import { snapshotOf } from './content.ts';
import { startUngated, type UngatedControlPlane } from './controlPlane.ts';

const SERVICE = '/envoy.service.status.v3.ClientStatusDiscoveryService';
type Asked = MessageInitShape<typeof ClientStatusRequestSchema>;

const serialize = (request: ClientStatusRequest): Buffer => Buffer.from(toBinary(ClientStatusRequestSchema, request));
const deserialize = (bytes: Buffer): ClientStatusResponse => fromBinary(ClientStatusResponseSchema, bytes);

let log: EventLog;
let controlPlane: UngatedControlPlane;
let ads: AdsClient;
let client: Client;
beforeEach(async () => {
  log = new EventLog();
  controlPlane = await startUngated(log.add);
  await controlPlane.put(snapshotOf(1n));
  const address = `127.0.0.1:${controlPlane.xdsPort}`;
  ads = new AdsClient(address);
  client = new Client(address, credentials.createInsecure());
});
afterEach(async () => {
  client.close();
  ads.close();
  await controlPlane[Symbol.asyncDispose]();
});

function fetchStatus(asked: Asked = {}): Promise<ClientStatusResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<ClientStatusResponse>();
  const request = create(ClientStatusRequestSchema, asked);
  client.makeUnaryRequest(`${SERVICE}/FetchClientStatus`, serialize, deserialize, request, (error, answer) =>
    error === null && answer !== undefined ? resolve(answer) : reject(error),
  );
  return promise;
}

const exactly = (exact: string): Asked => ({ nodeMatchers: [{ nodeId: { matchPattern: { case: 'exact', value: exact } } }] });
/** Node id → type → status, as the enumeration calls it. */
const statuses = ({ config }: ClientStatusResponse) =>
  Object.fromEntries(
    config.map(({ node, genericXdsConfigs }) => [
      node?.id,
      Object.fromEntries(genericXdsConfigs.map(({ typeUrl, configStatus }) => [typeUrl.split('.').at(-1), ConfigStatus[configStatus]])),
    ]),
  );

/** A state-of-the-world session that took its clusters and refused its listeners, and a delta session that has not answered. */
async function twoSessions(): Promise<{ readonly version: string }> {
  const [sotw, delta] = [ads.sotw(), ads.delta()];
  sotw.ask({ typeUrl: CLUSTER_TYPE, node: 'one' });
  const clusters = await sotw.next();
  sotw.ask({ typeUrl: CLUSTER_TYPE, nonce: clusters.nonce, version: clusters.version });
  sotw.ask({ typeUrl: LISTENER_TYPE });
  const listeners = await sotw.next();
  sotw.ask({ typeUrl: LISTENER_TYPE, nonce: listeners.nonce, error: 'cannot bind' });
  delta.askDelta({ typeUrl: CLUSTER_TYPE, node: { id: 'two' } });
  await delta.next();
  await log.until('the refusal', ({ ofKind }) => ofKind.call(log, 'rejected').length === 1);
  return clusters;
}

describe('FetchClientStatus', () => {
  it('tells what each proxy was sent, took and refused', async () => {
    const { version } = await twoSessions();
    const answer = await fetchStatus();
    expect(statuses(answer)).toEqual({ one: { Cluster: 'SYNCED', Listener: 'ERROR' }, two: { Cluster: 'STALE' } });
    const [clusters, listeners] = answer.config.find(({ node }) => node?.id === 'one')?.genericXdsConfigs ?? [];
    expect(clusters).toMatchObject({ versionInfo: version, lastUpdated: { seconds: expect.any(BigInt) } });
    expect(listeners?.errorState).toMatchObject({ details: 'cannot bind', versionInfo: expect.stringMatching(/^[\da-f]{32}$/) });
  });

  it('tells of the nodes that are asked for', async () => {
    await twoSessions();
    expect(Object.keys(statuses(await fetchStatus(exactly('two'))))).toEqual(['two']);
    expect(statuses(await fetchStatus(exactly('tw')))).toEqual({});
    const prefix: Asked = { nodeMatchers: [{ nodeId: { matchPattern: { case: 'prefix', value: 'O' }, ignoreCase: true } }] };
    expect(Object.keys(statuses(await fetchStatus(prefix)))).toEqual(['one']);
    const either: Asked = { nodeMatchers: [...(exactly('one').nodeMatchers ?? []), ...(exactly('two').nodeMatchers ?? [])] };
    expect(Object.keys(statuses(await fetchStatus(either)))).toHaveLength(2);
  });

  it('tells nothing of proxies that are gone', async () => {
    const stream = ads.sotw();
    stream.ask({ typeUrl: CLUSTER_TYPE, node: 'one' });
    await stream.next();
    stream.call.end();
    await log.until('its end', (all) => all.ofKind('gone').length === 1);
    expect((await fetchStatus()).config).toEqual([]);
  });

  it('says which matchers it does not know', async () => {
    const asked: Asked = { nodeMatchers: [{ nodeMetadatas: [{ path: [] }] }] };
    await expect(fetchStatus(asked)).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: 'node_matchers[0].node_metadatas is not matched: name the node by node_id',
    });
    const regex: Asked = { nodeMatchers: [{ nodeId: { matchPattern: { case: 'safeRegex', value: { regex: '.*' } } } }] };
    await expect(fetchStatus(regex)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
  });
});

describe('StreamClientStatus', () => {
  const open = (): ClientDuplexStream<ClientStatusRequest, ClientStatusResponse> =>
    client.makeBidiStreamRequest(`${SERVICE}/StreamClientStatus`, serialize, deserialize);

  it('answers each request of a stream, as things stand then', async () => {
    const call = open();
    const answers = call[Symbol.asyncIterator]();
    const ask = async (asked: Asked): Promise<ClientStatusResponse> => {
      call.write(create(ClientStatusRequestSchema, asked));
      return (await answers.next()).value as ClientStatusResponse;
    };
    expect((await ask({})).config).toEqual([]);
    await twoSessions();
    expect(Object.keys(statuses(await ask({})))).toHaveLength(2);
    expect(Object.keys(statuses(await ask(exactly('one'))))).toEqual(['one']);
    call.end();
    expect((await answers.next()).done).toBe(true);
  });

  it('ends with the reason when it cannot read a request', async () => {
    const call = client.makeBidiStreamRequest<Buffer, Buffer>(
      `${SERVICE}/StreamClientStatus`,
      (bytes) => bytes,
      (bytes) => bytes,
    );
    const { promise, resolve } = Promise.withResolvers<ServiceError>();
    call.on('error', resolve).resume();
    call.write(Buffer.from([0x0a, 0x7f]));
    expect(await promise).toMatchObject({ code: status.INVALID_ARGUMENT, details: expect.stringContaining('cannot be read') });
  });
});
