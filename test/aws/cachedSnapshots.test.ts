import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLUSTER_TYPE } from '@meshwright/envoy-api';
import { CachedSnapshots, type Head } from '@meshwright/snapshot';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, it } from 'vitest';
import { AdsClient } from '../relay/adsClient.ts';
import { handMadeSnapshot, MESH, PROXY } from '../relay/handMadeMesh.ts';
import { publish, startRelay } from '../relay/relayUnderTest.ts';
import { clientsOf } from './snapshotClients.ts';
import { openSnapshots, type SnapshotServices, startSnapshotServices } from './snapshotServices.ts';

let services: SnapshotServices;
let folder: string;
beforeAll(async () => {
  services = await startSnapshotServices({ hasDynamoDb: inject('missing')['DynamoDB Local'] === undefined });
});
afterAll(async () => {
  await services?.[Symbol.asyncDispose]();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meshwright-aws-cache-'));
});
afterEach(() => rm(folder, { recursive: true }));

function open(inner: ReturnType<typeof openSnapshots>): Promise<CachedSnapshots> {
  return CachedSnapshots.open(inner, { folder, onTrouble: (path, cause) => expect.fail(`${path}: ${String(cause)}`) });
}

it('a relay that starts anew serves what it read before, with S3 and DynamoDB away, and the newest once they are back', async () => {
  const place = await services.makePlace();
  let isAway = false;
  using clients = clientsOf(services.configs, async (operation, send) => {
    if (isAway) throw Object.assign(new Error(`${operation} fails because a test wants it`), { $metadata: {} });
    return await send();
  });
  const published = openSnapshots(place, services.clients);
  await publish(published, handMadeSnapshot({ n: 1, fixedPort: 1, routeTo: 'fixed' }));
  const first = await open(openSnapshots(place, clients));
  const { serving } = (await first.head(MESH)) as Head;
  await first.read(MESH, serving);
  await first.settled();

  isAway = true;
  const second = await open(openSnapshots(place, clients));
  const { relay, port, log } = await startRelay({ snapshots: second, settings: { retryMillis: 20 } });
  const client = new AdsClient(`127.0.0.1:${port}`);
  const stream = client.sotw();
  stream.ask({ typeUrl: CLUSTER_TYPE, node: PROXY });
  const { version, nonce, resourceCount } = await stream.next();
  expect(resourceCount).toBe(2);
  expect(log.ofKind('sent')).toMatchObject([{ snapshotVersion: '1.1.1' }]);
  stream.ask({ typeUrl: CLUSTER_TYPE, version, nonce });

  await publish(published, handMadeSnapshot({ n: 2, fixedPort: 2, routeTo: 'fixed' }));
  isAway = false;
  expect((await stream.next()).version).not.toBe(version);
  expect(log.ofKind('sent').at(-1)).toMatchObject({ snapshotVersion: '1.2.1' });
  client.close();
  await relay.close(0);
  await second.settled();
});
