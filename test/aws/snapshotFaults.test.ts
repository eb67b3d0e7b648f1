import { CLUSTER_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import { AdsClient } from '../relay/adsClient.ts';
import { acked, type EnvoyOnRelay, type Stores, startEnvoyOnRelay } from '../relay/envoyOnRelay.ts';
import { MESH, PROXY } from '../relay/handMadeMesh.ts';
import { clientsOf, objectsBelow } from './snapshotClients.ts';
import { BUCKET, openSnapshots, type SnapshotServices, startSnapshotServices } from './snapshotServices.ts';

const hasDynamoDb = inject('missing')['DynamoDB Local'] === undefined;

/** What an object that is being written turns out to be; undefined: there is none. */
type Damage = (bytes: Uint8Array) => Uint8Array | undefined;

const DAMAGES: readonly (readonly [what: string, damage: Damage])[] = [
  ['is empty', () => new Uint8Array()],
  ['is written by half', (bytes) => bytes.subarray(0, bytes.length / 2)],
  ['is missing', () => undefined],
];

/** Requests of the relay that fail. */
const OUTAGES: readonly (readonly [what: string, operations: readonly string[]])[] = [
  ['objects', ['GetObjectCommand']],
  ['heads', ['GetItemCommand', 'QueryCommand']],
];

let services: SnapshotServices;
beforeAll(async () => {
  services = await startSnapshotServices({ hasDynamoDb });
});
afterAll(async () => {
  await services?.[Symbol.asyncDispose]();
});

describe.each(['sotw', 'delta'] as const)('a real Envoy whose relay reads S3 and DynamoDB, %s,', (protocol) => {
  let place: string;
  let stores: Stores;
  /** Set while what is written comes out wrong. */
  let damage: Damage | undefined;
  /** Operations of the relay that fail at present. */
  const away = new Set<string>();
  let failedReads: PromiseWithResolvers<void>;
  let opened: DisposableStack;

  beforeEach(async () => {
    opened = new DisposableStack();
    damage = undefined;
    away.clear();
    failedReads = Promise.withResolvers();
    place = await services.makePlace();
    const publisher = clientsOf(services.configs, async (operation, send) => {
      const answer = await send();
      if (operation === 'PutObjectCommand' && damage !== undefined) await spoil(damage);
      return answer;
    });
    const reader = clientsOf(services.configs, async (operation, send) => {
      if (away.has(operation)) throw Object.assign(new Error(`${operation} fails because a test wants it`), { $metadata: {} });
      return await send();
    });
    for (const clients of [publisher, reader]) opened.use(clients);
    const onReadFailure = () => failedReads.resolve();
    stores = { published: openSnapshots(place, publisher), served: openSnapshots(place, reader, { onReadFailure }) };
    return () => opened.dispose();
  });

  const objects = () => objectsBelow(services.clients.s3, BUCKET, `${place}/`);
  /** Objects as they should be, by key. */
  const good = new Map<string, Uint8Array>();
  const spoil = async (how: Damage) => {
    for (const key of (await objects().keys(MESH)).filter((name) => name.startsWith('1.2.'))) {
      const bytes = await objects().get(MESH, key);
      good.set(key, bytes);
      const spoilt = how(bytes);
      await (spoilt === undefined ? objects().remove(MESH, key) : objects().put(MESH, key, spoilt));
    }
  };
  const mend = async () => {
    damage = undefined;
    away.clear();
    for (const [key, bytes] of good) await objects().put(MESH, key, bytes);
    good.clear();
  };

  /** What a proxy is sent that comes now, by type. */
  const sentToAnother = async ({ xdsPort }: EnvoyOnRelay) => {
    const client = new AdsClient(`127.0.0.1:${xdsPort}`);
    const stream = client.sotw();
    const counts: number[] = [];
    for (const [typeUrl, names] of [
      [CLUSTER_TYPE, []],
      [LISTENER_TYPE, []],
      [ROUTE_TYPE, ['routes']],
    ] as const) {
      stream.ask({ typeUrl, names, node: PROXY });
      const { version, nonce, resourceCount } = await stream.next();
      stream.ask({ typeUrl, names, version, nonce });
      counts.push(resourceCount);
    }
    client.close();
    return counts;
  };
  const expectLastGood = async (running: EnvoyOnRelay) => {
    expect(await running.call()).toBe('fixed');
    expect(running.log.ofKind('sent').filter(({ snapshotVersion }) => snapshotVersion !== '1.1.1')).toEqual([]);
    expect(await sentToAnother(running)).toEqual([2, 1, 1]);
  };
  const expectNewest = async ({ log, call }: EnvoyOnRelay) => {
    await log.until('the newest routes acknowledged', acked([ROUTE_TYPE, CLUSTER_TYPE], 2));
    expect(await call()).toBe('discovered');
    expect(log.ofKind('rejected')).toEqual([]);
  };

  it.each(DAMAGES)(
    'keeps the last good one when an object %s, as do those that come then, and has the newest once it is whole',
    async (_what, how) => {
      await using running = await startEnvoyOnRelay(protocol, { stores });
      damage = how;
      await running.put({ n: 2, routeTo: 'discovered' });
      await running.log.until('the read that fails', (log) => log.ofKind('snapshotUnreadable').length > 0);
      await expectLastGood(running);
      await mend();
      await expectNewest(running);
    },
  );

  it.each(OUTAGES)(
    'keeps the last good one while %s cannot be read, as do those that come then, and has the newest after that',
    async (what, operations) => {
      await using running = await startEnvoyOnRelay(protocol, { stores });
      for (const operation of operations) away.add(operation);
      await running.put({ n: 2, routeTo: 'discovered' });
      if (what === 'heads') await failedReads.promise;
      else await running.log.until('the read that fails', (log) => log.ofKind('snapshotUnreadable').length > 0);
      await expectLastGood(running);
      await mend();
      await expectNewest(running);
    },
  );

  it('is sent nothing by a relay that starts when there is no good one, keeps what it has, and has the newest once it is whole', async () => {
    await using running = await startEnvoyOnRelay(protocol, { stores });
    damage = () => new Uint8Array();
    const log = await running.restartRelay(() => running.put({ n: 2, routeTo: 'discovered' }));
    await log.until('the read that fails', () => log.ofKind('snapshotUnreadable').length > 0);
    expect(await running.call()).toBe('fixed');
    expect(log.ofKind('sent')).toEqual([]);
    await mend();
    await expectNewest({ ...running, log });
  });
});
