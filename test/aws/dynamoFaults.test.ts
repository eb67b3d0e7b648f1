import { createServer } from 'node:net';
import type { DynamoDBClient, DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoStore, type DynamoStoreParts, requestBounds } from '@meshwright/aws';
import { type CommitOutcome, type MeshKey, type MeshStore, MeshWriter, type Ref, type WriteResult } from '@meshwright/model';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { describeWith } from '../setup/requires.ts';
import { clientAt, type DynamoDbLocal, type MeshTable, startDynamoDbLocal, waiting } from './dynamoDbLocal.ts';
import { type Fault, type FaultyEndpoint, faultyEndpoint } from './faultyEndpoint.ts';

const mesh: MeshKey = { owner: '123456789012', mesh: 'apps' };
const itself: Ref = { kind: 'mesh', mesh: mesh.mesh, name: mesh.mesh };
const info = { writeId: 'w1', at: 1_000, author: 'tests', source: 'Test' };

describeWith(['DynamoDB Local'], 'DynamoStore, when DynamoDB or the way to it fails', () => {
  let dynamoDb: DynamoDbLocal;
  let way: FaultyEndpoint;
  let table: MeshTable;
  const clients: DynamoDBClient[] = [];
  beforeAll(async () => {
    dynamoDb = await startDynamoDbLocal();
  });
  beforeEach(async () => {
    way = await faultyEndpoint(dynamoDb.endpoint);
    table = await dynamoDb.makeTable();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy();
    await way[Symbol.asyncDispose]();
    await table.drop();
  });
  afterAll(() => dynamoDb?.stop());

  /** A store that goes the faulty way; the client tries once unless told otherwise. */
  function storeBehind(config: DynamoDBClientConfig = {}, parts: Partial<DynamoStoreParts> = {}): DynamoStore {
    const client = clientAt(way.endpoint, { maxAttempts: 1, ...config });
    clients.push(client);
    return table.store({ client, ...parts });
  }

  const commitMeeting = async (...faults: readonly Fault[]): Promise<CommitOutcome> => {
    way.failNext('TransactWriteItems', ...faults);
    return storeBehind().commit(mesh, 0n, [], info);
  };

  test.each<[string, Fault, object]>([
    ['is cut before DynamoDB hears of it', 'cutBefore', { code: 'ServiceUnavailable', isUndone: false }],
    ['is cut before its answer', 'cutAfter', { code: 'ServiceUnavailable', isUndone: false }],
    ['is answered InternalServerError', { status: 500, error: 'InternalServerError' }, { code: 'ServiceUnavailable', isUndone: false }],
    ['is throttled', { status: 400, error: 'ThrottlingException' }, { code: 'TooManyRequests', isUndone: true }],
    [
      'is throttled by its capacity',
      { status: 400, error: 'ProvisionedThroughputExceededException' },
      { code: 'TooManyRequests', isUndone: true },
    ],
    [
      'is cancelled because an item is throttled',
      { status: 400, error: 'TransactionCanceledException', reasons: ['ThrottlingError', 'None'] },
      { code: 'TooManyRequests', isUndone: true },
    ],
    ['is not allowed', { status: 400, error: 'AccessDeniedException' }, { code: 'ServiceUnavailable', isUndone: true }],
  ])('a commit that %s says whether anything happened', async (_, fault, refusal) => {
    await expect(commitMeeting(fault)).rejects.toMatchObject(refusal);
  });

  test('a commit that meets another transaction is to be judged again', async () => {
    for (const reasons of [
      ['TransactionConflict', 'None'],
      ['None', 'TransactionConflict'],
      ['ConditionalCheckFailed', 'ThrottlingError'],
    ]) {
      expect(await commitMeeting({ status: 400, error: 'TransactionCanceledException', reasons })).toEqual({ kind: 'behind' });
    }
  });

  test('a commit whose answer was lost is the same commit when the client tries again by itself', async () => {
    way.failNext('TransactWriteItems', 'cutAfter', { status: 500, error: 'InternalServerError', after: true });
    expect(await storeBehind({ maxAttempts: 3 }).commit(mesh, 0n, [], info)).toEqual({ kind: 'committed', generation: 1n });
    expect(way.asked('TransactWriteItems')).toBe(3);
    expect(await table.store().changesSince(mesh, 0n)).toHaveLength(1);
  });

  test('throttled after an answer was lost, nobody knows what happened', async () => {
    const throttled = { status: 400, error: 'ThrottlingException' };
    way.failNext('TransactWriteItems', 'cutAfter', throttled);
    const commit = storeBehind({ maxAttempts: 2 }).commit(mesh, 0n, [], info);
    await expect(commit).rejects.toMatchObject({ code: 'ServiceUnavailable', isUndone: false });
    expect(await table.store().generation(mesh)).toBe(1n);
  });

  test.each<Fault>(['cutBefore', 'cutAfter', { status: 500, error: 'InternalServerError', after: true }])(
    'a writer carries a request out once when its commit meets %j',
    async (fault) => {
      const writer = writerOn(storeBehind());
      way.failNext('TransactWriteItems', fault);
      expect(await create(writer, 'w1')).toMatchObject({ generation: 1n, replayed: false });
      expect((await table.store().changesSince(mesh, 0n))?.map(({ writeId }) => writeId)).toEqual(['w1']);
    },
  );

  test('a writer finds its commit also when it cannot read right after the lost answer', async () => {
    const writer = writerOn(storeBehind());
    const nodeOf = (name: string): Ref => ({ kind: 'virtualNode', mesh: mesh.mesh, name });
    await create(writer, 'w1');
    await create(writer, 'w2', nodeOf('a'));
    way.failNext('TransactWriteItems', 'cutAfter');
    // The first one catches up before the commit.
    way.failNext('Query', 'none', 'cutBefore', { status: 500, error: 'InternalServerError' });
    expect(await create(writer, 'w3', nodeOf('b'))).toMatchObject({ generation: 3n });
    expect((await table.store().changesSince(mesh, 0n))?.map(({ writeId }) => writeId)).toEqual(['w1', 'w2', 'w3']);
  });

  test('every read of a store that cannot answer says so', async () => {
    await table.store().commit(mesh, 0n, [], info);
    const store = storeBehind();
    for (const [operation, read] of readsOf(store)) {
      for (const fault of ['cutBefore', 'cutAfter', { status: 400, error: 'ThrottlingException' }] as const) {
        way.failNext(operation, fault);
        await expect(read()).rejects.toMatchObject({ code: 'ServiceUnavailable', isUndone: true });
      }
    }
  });

  test('a load waits for a transaction that is under way, and not for ever', async () => {
    await table.store().commit(mesh, 0n, [], info);
    const conflict = { status: 400, error: 'TransactionCanceledException', reasons: ['TransactionConflict'] };
    const waits: number[] = [];
    const store = storeBehind({}, { random: () => 0.5, sleep: async (millis) => void waits.push(millis) });
    way.failNext('TransactGetItems', conflict, conflict, conflict);
    expect(await store.load(mesh)).toMatchObject({ generation: 1n });
    expect(waits).toEqual([2, 4, 8]);
    way.failNext('TransactGetItems', ...Array<Fault>(100).fill(conflict));
    await expect(store.load(mesh)).rejects.toMatchObject({ code: 'ServiceUnavailable', message: expect.stringContaining('try again') });
    expect(Math.max(...waits)).toBe(125);
  });

  test('a server that never answers is given up when the client has waited long enough, and nobody knows what happened', async () => {
    await table.store().commit(mesh, 0n, [], info);
    const store = storeBehind({ ...requestBounds, requestHandler: { ...requestBounds.requestHandler, requestTimeout: 50 } });
    for (const [operation, ask] of [...readsOf(store), writeOf(store)]) {
      const asked = way.asked(operation);
      way.failNext(operation, ...Array<Fault>(requestBounds.maxAttempts).fill('silence'));
      const isUndone = operation !== 'TransactWriteItems';
      await expect(ask()).rejects.toMatchObject({ code: 'ServiceUnavailable', isUndone });
      expect(way.asked(operation) - asked).toBe(requestBounds.maxAttempts);
    }
    // A write has 8 s.
    expect(requestBounds.maxAttempts * requestBounds.requestHandler.requestTimeout).toBeLessThan(7_000);
  });

  test('a connection that died silently costs one try', async () => {
    way.failNext('TransactWriteItems', 'silence');
    const store = storeBehind(requestBounds);
    expect(await store.commit(mesh, 0n, [], info)).toEqual({ kind: 'committed', generation: 1n });
    expect(way.asked('TransactWriteItems')).toBe(2);
  });

  test('where nobody listens certainly nothing happened, after one try', async () => {
    const port = await unusedPort();
    for (const maxAttempts of [1, 2]) {
      const client = clientAt(`http://127.0.0.1:${port}`, { maxAttempts });
      clients.push(client);
      const store = table.store({ client });
      await expect(store.commit(mesh, 0n, [], info)).rejects.toMatchObject({ code: 'ServiceUnavailable', isUndone: maxAttempts === 1 });
      await expect(store.load(mesh)).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    }
  });

  test('without credentials nothing is sent', async () => {
    const credentials = () => Promise.reject(Object.assign(new Error('none found'), { name: 'CredentialsProviderError' }));
    const store = storeBehind({ credentials });
    await expect(store.commit(mesh, 0n, [], info)).rejects.toMatchObject({ code: 'ServiceUnavailable', isUndone: true });
    await expect(store.generation(mesh)).rejects.toMatchObject({ code: 'ServiceUnavailable' });
    expect(way.asked('TransactWriteItems')).toBe(0);
  });

  test('a table that does not exist is named by what DynamoDB says, and nothing happened', async () => {
    const store = new DynamoStore({ client: dynamoDb.client, table: 'nowhere', ...waiting });
    const refusal = { code: 'ServiceUnavailable', message: expect.stringContaining('ResourceNotFoundException'), isUndone: true };
    await expect(store.commit(mesh, 0n, [], info)).rejects.toMatchObject(refusal);
    await expect(store.meshes()).rejects.toMatchObject(refusal);
  });
});

function readsOf(store: MeshStore): readonly (readonly [string, () => Promise<unknown>])[] {
  return [
    ['GetItem', () => store.get(mesh, itself)],
    ['GetItem', () => store.generation(mesh)],
    ['GetItem', () => store.token('t', 1)],
    ['GetItem', () => store.changesSince(mesh, 0n)],
    ['Query', () => store.changesSince(mesh, 0n)],
    ['Query', () => store.list(mesh, 'virtualNode', undefined, { limit: 1 })],
    ['Query', () => store.listMeshes(mesh.owner, { limit: 1 })],
    ['Query', () => store.meshCount(mesh.owner)],
    ['Query', () => store.meshes()],
    ['Query', () => store.load(mesh)],
    ['TransactGetItems', () => store.load(mesh)],
  ];
}

function writeOf(store: MeshStore): readonly [string, () => Promise<unknown>] {
  return ['TransactWriteItems', () => store.commit(mesh, 0n, [], info)];
}

function writerOn(store: MeshStore): MeshWriter {
  const identity = { account: mesh.owner, region: 'us-east-1', partition: 'aws' };
  const monotonic = (): number => performance.now();
  return new MeshWriter({ store, identity, monotonic, newUid: () => 'uid', ...waiting });
}

function create(writer: MeshWriter, writeId: string, ref: Ref = itself): Promise<WriteResult> {
  return writer.write({ mesh, changes: [{ action: 'create', ref, spec: {} }], writeId, author: 'tests', source: 'Test' });
}

/** A port nobody listens on: one that was free a moment ago. */
async function unusedPort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const address = server.address();
  await new Promise((closed) => server.close(closed));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}
