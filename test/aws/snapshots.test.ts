import {
  type AttributeValue,
  DeleteItemCommand,
  DeleteTableCommand,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { S3Snapshots } from '@meshwright/aws';
import { folderName, type Head, SnapshotsUnavailable } from '@meshwright/snapshot';
import { type Rewinding, type SnapshotStoreSetup, sampleSnapshot, snapshotStoreContract } from '@meshwright/snapshot/testing';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { requireConsistentReads } from './dynamoDbLocal.ts';
import { faultyEndpoint } from './faultyEndpoint.ts';
import { type ClientConfigs, type Clients, clientsOf, DyingProcess, FailingRequests, objectsBelow } from './snapshotClients.ts';
import { BUCKET, openSnapshots as open, type SnapshotServices, startSnapshotServices } from './snapshotServices.ts';

const MESH = '123456789012/apps';
/** Where it cannot run, Moto stands in for DynamoDB, too; what it cannot do is skipped, with this reason. */
const noDynamoDb = inject('missing')['DynamoDB Local'];
const heads = noDynamoDb === undefined ? 'DynamoDB Local' : 'Moto';

let services: SnapshotServices;
let configs: ClientConfigs;
let clients: Clients;
beforeAll(async () => {
  services = await startSnapshotServices({ hasDynamoDb: noDynamoDb === undefined });
  ({ configs, clients } = services);
});
afterAll(async () => {
  await services?.[Symbol.asyncDispose]();
});

async function makeSetup(): Promise<SnapshotStoreSetup> {
  const place = await services.makePlace();
  const reads = new FailingRequests('QueryCommand');
  const own = clientsOf(configs, reads.around);
  // Watching may lag, a head that is asked for may not.
  requireConsistentReads(own.dynamo, ['GetItemCommand']);
  const table = headsIn(place);
  return {
    // Time goes on by whole days when heads go back.
    store: open(place, own, { now: () => 86_400_000 * table.rewound }),
    objects: objectsBelow(clients.s3, BUCKET, `${place}/`),
    reopen: async () => open(place, own),
    dying: async (step, use) => {
      const process = new DyingProcess(step);
      using dying = clientsOf(configs, process.around);
      await use(open(place, dying)).catch((error) => {
        if (!process.hasDied) throw error;
      });
      return process.hasDied;
    },
    rewinding: table,
    failWatchReads: (times) => reads.fail(times),
    ...(noDynamoDb && { racing: { skipped: `${noDynamoDb}, and Moto lets several of those win that race for a condition` } }),
    close: async () => {
      own[Symbol.dispose]();
      await clients.dynamo.send(new DeleteTableCommand({ TableName: place }));
    },
  };
}

/** All rows of a heads table. */
function headsIn(TableName: string): Rewinding & { readonly rewound: number } {
  let rewound = 0;
  let remembered: readonly Record<string, AttributeValue>[] = [];
  const rows = async () => (await clients.dynamo.send(new ScanCommand({ TableName, ConsistentRead: true }))).Items ?? [];
  const lose = async (): Promise<void> => {
    rewound += 1;
    for (const { partition, mesh } of await rows()) {
      if (partition && mesh) await clients.dynamo.send(new DeleteItemCommand({ TableName, Key: { partition, mesh } }));
    }
  };
  return {
    get rewound() {
      return rewound;
    },
    async remember() {
      remembered = await rows();
    },
    lose,
    async putBack() {
      await lose();
      for (const Item of remembered) await clients.dynamo.send(new PutItemCommand({ TableName, Item }));
    },
  };
}

// A publish takes 50 to 100 ms here.
snapshotStoreContract(`S3 (Moto), heads in DynamoDB (${heads})`, makeSetup, { histories: 8 });

describe('S3Snapshots', () => {
  let place: string;
  let store: S3Snapshots;
  beforeEach(async () => {
    place = await services.makePlace();
    store = open(place, clients);
  });

  test('names objects after the mesh and what is in them, with the checksum S3 keeps', async () => {
    await store.publish(sampleSnapshot(), undefined);
    const { latest } = (await store.head(MESH)) as Head;
    const Key = `${place}/${folderName(MESH)}/${latest.key}.snapshot`;
    const { ChecksumSHA256 = '' } = await clients.s3.send(new GetObjectCommand({ Bucket: BUCKET, Key, ChecksumMode: 'ENABLED' }));
    expect(latest.key).toBe(`1.1.1-${Buffer.from(ChecksumSHA256, 'base64').toString('hex').slice(0, 32)}`);
  });

  test('knows its own move of a head when the answer was lost and the client tried again', async () => {
    await using endpoint = await faultyEndpoint(`${configs.dynamo.endpoint}`);
    using faulty = clientsOf({ ...configs, dynamo: { ...configs.dynamo, endpoint: endpoint.endpoint } });
    endpoint.failNext('UpdateItem', 'cutAfter');
    expect(await open(place, faulty).publish(sampleSnapshot(), undefined)).toBe('published');
    expect(endpoint.asked('UpdateItem')).toBe(2);
    expect(await store.head(MESH)).toMatchObject({ rev: 1n });
  });

  test.each(['s3', 'dynamo'] as const)('says that it is away when %s is', async (service) => {
    await store.publish(sampleSnapshot(), undefined);
    const { latest } = (await store.head(MESH)) as Head;
    const nowhere = { ...configs, [service]: { ...configs[service], endpoint: 'http://127.0.0.1:1', maxAttempts: 1 } };
    using away = clientsOf(nowhere);
    const other = open(place, away);
    await expect(other.publish(sampleSnapshot({ version: { n: 2n }, content: 'b' }), latest)).rejects.toThrow(SnapshotsUnavailable);
    await expect(service === 's3' ? other.read(MESH, latest) : other.head(MESH)).rejects.toThrow(/could not be reached .*ECONNREFUSED/);
    expect(await store.head(MESH)).toMatchObject({ rev: 1n });
  });

  test('does not call a bug an outage', async () => {
    const bug = new TypeError('x is undefined');
    const newId = (): string => {
      throw bug;
    };
    await expect(open(place, clients, { newId }).publish(sampleSnapshot(), undefined)).rejects.toBe(bug);
  });

  test('keeps what a newer build has put beside its own attributes of a head', async () => {
    await store.publish(sampleSnapshot(), undefined);
    const Key = { partition: { S: 'head' }, mesh: { S: MESH } };
    const pin = new UpdateItemCommand({
      TableName: place,
      Key,
      UpdateExpression: 'SET pinned = :yes',
      ExpressionAttributeValues: { ':yes': { BOOL: true } },
      ReturnValues: 'ALL_NEW',
    });
    await clients.dynamo.send(pin);
    await store.publish(sampleSnapshot({ version: { n: 2n } }), ((await store.head(MESH)) as Head).latest);
    const { Attributes } = await clients.dynamo.send(pin);
    expect(Attributes).toMatchObject({ pinned: { BOOL: true }, rev: { N: '2' } });
  });

  test('watches the other meshes when the head of one cannot be read, and says which', async () => {
    await store.publish(sampleSnapshot(), undefined);
    const Item = { partition: { S: 'head' }, mesh: { S: 'other' }, format: { N: '2' } };
    await clients.dynamo.send(new PutItemCommand({ TableName: place, Item }));
    const failures: unknown[] = [];
    const watching = open(place, clients, { onReadFailure: (cause) => failures.push(cause) }).watch(AbortSignal.timeout(10_000));
    expect((await watching[Symbol.asyncIterator]().next()).value).toMatchObject([{ mesh: MESH, rev: 1n }]);
    expect(failures).toMatchObject([{ name: 'SnapshotUnreadable', reason: 'otherFormat', key: 'head of other' }]);
    await expect(store.head('other')).rejects.toMatchObject({ name: 'SnapshotUnreadable', reason: 'otherFormat' });
  });

  test('watches more meshes than a page of the answer holds', async () => {
    // Rows of 1.2 MB together: a page ends at 1 MB.
    const padding = { S: 'x'.repeat(300_000) };
    const meshes = ['a', 'b', 'c', 'd'];
    for (const mesh of meshes) {
      await store.publish(sampleSnapshot({ mesh }), undefined);
      const set = { UpdateExpression: 'SET padding = :p', ExpressionAttributeValues: { ':p': padding } };
      await clients.dynamo.send(new UpdateItemCommand({ TableName: place, Key: { partition: { S: 'head' }, mesh: { S: mesh } }, ...set }));
    }
    const { value } = await store.watch(AbortSignal.timeout(10_000))[Symbol.asyncIterator]().next();
    expect((value as readonly Head[]).map(({ mesh }) => mesh)).toEqual(meshes);
  });
});
