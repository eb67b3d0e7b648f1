import { createHash } from 'node:crypto';
import type { Change, MeshKey, MeshStore, Resource } from '@meshwright/model';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { describeWith } from '../setup/requires.ts';
import { clientAt, type DynamoDbLocal, type MeshTable, type StoredItem, startDynamoDbLocal } from './dynamoDbLocal.ts';

const mesh: MeshKey = { owner: '123456789012', mesh: 'apps' };

describeWith(['DynamoDB Local'], 'DynamoStore and the items it writes', () => {
  let dynamoDb: DynamoDbLocal;
  let table: MeshTable;
  let store: MeshStore;
  beforeAll(async () => {
    dynamoDb = await startDynamoDbLocal();
  });
  beforeEach(async () => {
    table = await dynamoDb.makeTable();
    store = table.store();
  });
  afterAll(() => dynamoDb?.stop());

  test('a commit of 3.4 MB that cannot be compressed is kept whole, before and after, and its log row too', async () => {
    const nodes = Array.from({ length: 10 }, (_, index) => node(`n${index}`, incompressible(340_000, `node ${index}`)));
    await store.commit(mesh, 0n, nodes.map(created), info('w1'));
    const change = { ref: refOf('n0'), ...(nodes[0] && { before: nodes[0] }), after: node('n0', incompressible(340_000, 'other')) };
    await store.commit(mesh, 1n, [change], info('w2'));
    expect(await store.changesSince(mesh, 0n)).toEqual([
      { ...info('w1'), generation: 1n, changes: nodes.map(created) },
      { ...info('w2'), generation: 2n, changes: [change] },
    ]);
    const state = await store.load(mesh);
    expect(state?.resources.toSorted((a, b) => (a.ref.name < b.ref.name ? -1 : 1))).toEqual([change.after, ...nodes.slice(1)]);
  });

  test('a commit that is behind leaves nothing that anybody sees, however large', async () => {
    await store.commit(mesh, 0n, [], info('w1'));
    const large = [1, 2, 3].map((n) => created(node(`n${n}`, incompressible(300_000, `node ${n}`))));
    expect(await store.commit(mesh, 0n, large, info('w2'))).toEqual({ kind: 'behind' });
    expect(await store.load(mesh)).toEqual({ mesh, generation: 1n, resources: [] });
    expect((await store.changesSince(mesh, 0n))?.map(({ writeId }) => writeId)).toEqual(['w1']);
  });

  test('a resource that no item holds is refused, and nothing of its commit happens', async () => {
    const commit = store.commit(mesh, 0n, [created(node('small', 'x')), created(node('large', 'x'.repeat(420_000)))], info('w1'));
    await expect(commit).rejects.toMatchObject({ code: 'LimitExceeded', message: expect.stringContaining('400 KB'), isUndone: true });
    expect(await store.load(mesh)).toBeUndefined();
    expect(await store.meshes()).toEqual([]);
  });

  test('several changes of one resource in one commit: the last one stands, the log has all', async () => {
    const changes: readonly Change[] = [
      created(node('a', '1')),
      { ref: refOf('a'), before: node('a', '1'), after: node('a', '2') },
      created(node('b', '1')),
      { ref: refOf('b'), before: node('b', '1') },
    ];
    await store.commit(mesh, 0n, changes, info('w1'));
    expect((await store.load(mesh))?.resources).toEqual([node('a', '2')]);
    expect((await store.changesSince(mesh, 0n))?.[0]?.changes).toEqual(changes);
  });

  test('names of any characters and length are kept apart, listed and loaded', async () => {
    const names = ['#', 'a#b', '/', '%2F', '😀'.repeat(255), `${'😀'.repeat(254)}a`, 'é', 'e\u0301'];
    const routes = names.flatMap((parent) => names.slice(0, 6).map((name) => route(parent, name)));
    const batches = [names.map((name) => node(name, 'x')), routes];
    for (const [index, batch] of batches.entries()) await store.commit(mesh, BigInt(index), batch.map(created), info(`w${index}`));
    expect(new Set((await store.load(mesh))?.resources.map(({ ref }) => JSON.stringify(ref))).size).toBe(names.length + routes.length);
    for (const { ref } of [...routes, ...names.map((name) => node(name, 'x'))]) expect((await store.get(mesh, ref))?.ref).toEqual(ref);
    for (const parent of names) {
      const { items } = await store.list(mesh, 'route', parent, { limit: 100 });
      expect(items.map(({ ref }) => ref.parent)).toEqual(Array(6).fill(parent));
    }
    for (const name of names) {
      const other = { owner: mesh.owner, mesh: name };
      await store.commit(other, 0n, [created(meshItself(other))], info('w'));
    }
    expect((await store.meshes()).map((key) => key.mesh).toSorted()).toEqual([...names, 'apps'].toSorted());
    expect(await store.meshCount(mesh.owner)).toBe(names.length);
  });

  test('a commit between two pages of a load is in it wholly: what it changed, made and deleted', async () => {
    const nodes = Array.from({ length: 8 }, (_, index) => node(`n${index}`, incompressible(250_000, `node ${index}`)));
    await store.commit(mesh, 0n, nodes.map(created), info('w1'));
    const changes = [created(node('n0', 'changed')), created(node('n9', 'made')), { ref: refOf('n1') }, { ref: refOf('n7') }];
    const client = clientAt(dynamoDb.endpoint);
    let pages = 0;
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (sent) => {
          const answer = await next(sent);
          if (commandName === 'QueryCommand' && ++pages === 1) await store.commit(mesh, 1n, changes, info('w2'));
          return answer;
        },
      { step: 'initialize' },
    );
    const state = await table.store({ client }).load(mesh);
    client.destroy();
    expect(pages).toBeGreaterThan(2);
    expect(state?.generation).toBe(2n);
    expect(state?.resources.map(({ ref }) => ref.name).toSorted()).toEqual(['n0', 'n2', 'n3', 'n4', 'n5', 'n6', 'n9']);
    expect(state?.resources.find(({ ref }) => ref.name === 'n0')).toEqual(node('n0', 'changed'));
  });

  test('an item that shows its commit later than the generation row does is taken from the log', async () => {
    await store.commit(mesh, 0n, [created(node('a', 'old')), created(node('b', 'old'))], info('w1'));
    await store.commit(mesh, 1n, [created(node('a', 'new'))], info('w2'));
    await store.commit(mesh, 2n, [created(node('b', 'new'))], info('w3'));
    // As it looks while DynamoDB ends the second transaction: this item is the last one.
    await table.set({ pk: 'mesh#123456789012#apps', sk: 'virtualNode#a' }, 'tags', { S: JSON.stringify(node('a', 'old').tags) });
    expect((await store.load(mesh))?.resources).toEqual([node('a', 'new'), node('b', 'new')]);
  });

  test('a log row that is not there lets no older one undo what it did', async () => {
    await store.commit(mesh, 0n, [created(node('a', 'old'))], info('w1'));
    await store.commit(mesh, 1n, [created(node('a', 'new'))], info('w2'));
    await store.commit(mesh, 2n, [created(node('b', 'new'))], info('w3'));
    await removeItem((await logItems())[1]);
    expect(await store.load(mesh)).toEqual({ mesh, generation: 3n, resources: [node('a', 'new'), node('b', 'new')] });
    await removeItem((await logItems())[1]);
    expect(await store.load(mesh)).toEqual({ mesh, generation: 3n, resources: [node('a', 'new'), node('b', 'new')] });
  });

  test('a commit in the middle of asking for changes is told, not taken for one that is no longer kept', async () => {
    await store.commit(mesh, 0n, [], info('w1'));
    const client = clientAt(dynamoDb.endpoint);
    let commits = 0;
    client.middlewareStack.add(
      (next, { commandName }) =>
        async (sent) => {
          if (commandName === 'GetItemCommand' && ++commits === 1) await store.commit(mesh, 1n, [], info('w2'));
          return next(sent);
        },
      { step: 'initialize' },
    );
    const rows = await table.store({ client }).changesSince(mesh, 1n);
    client.destroy();
    expect(commits).toBe(1);
    expect(rows?.map(({ writeId }) => writeId)).toEqual(['w2']);
  });

  test('two processes that delete and make a mesh again and again lose nothing of each other', async () => {
    const stores = [table.store(), table.store()];
    let generation = 0n;
    for (let round = 0; generation < 10n; round++) {
      const change = generation % 2n === 0n ? created(meshItself(mesh)) : { ref: meshItself(mesh).ref, before: meshItself(mesh) };
      const outcomes = await Promise.all(stores.map((one, index) => one.commit(mesh, generation, [change], info(`w${round}-${index}`))));
      const committed = outcomes.filter(({ kind }) => kind === 'committed');
      // None where DynamoDB refuses both because they met.
      expect(committed.length).toBeLessThanOrEqual(1);
      generation += BigInt(committed.length);
    }
    for (const one of stores) {
      expect((await one.changesSince(mesh, 0n))?.map((row) => row.generation)).toEqual(Array.from({ length: 10 }, (_, n) => BigInt(n + 1)));
      expect([await one.meshCount(mesh.owner), await one.meshes()]).toEqual([0, [mesh]]);
    }
  });

  test('log rows and tokens say when the table may remove them; rows that it removed are no longer kept', async () => {
    const at = Date.UTC(2026, 0, 1);
    const token = { key: 't', bodyHash: 'hash', answer: node('a', 'x'), expiresAt: at + 86_400_000 };
    const kept = table.store({ logRetentionDays: 30 });
    await kept.commit(mesh, 0n, [], { ...info('w1'), at, token });
    await kept.commit(mesh, 1n, [], { ...info('w2'), at: at + 1 });
    const [row] = await logItems();
    expect(row?.ttl).toBe(at / 1000 + 30 * 86_400);
    expect((await table.items()).find(({ sk }) => sk === 'token')?.ttl).toBe(at / 1000 + 86_400);
    await removeItem(row);
    expect(await kept.changesSince(mesh, 0n)).toBeUndefined();
    expect(await kept.changesSince(mesh, 1n)).toHaveLength(1);
    // Also the newest one goes in the end, when nobody commits.
    await removeItem((await logItems())[0]);
    expect(await kept.changesSince(mesh, 1n)).toBeUndefined();
    expect(await kept.changesSince(mesh, 2n)).toEqual([]);
    expect(await kept.load(mesh)).toEqual({ mesh, generation: 2n, resources: [] });
  });

  test('parts of a large log row outlive it; a row that expired without them is no longer kept, and its mesh goes on', async () => {
    const at = Date.UTC(2026, 0, 1);
    const expiry = at + 400 * 86_400_000;
    const [before, after] = [table.store({ now: () => expiry - 1 }), table.store({ now: () => expiry })];
    const nodes = [1, 2].map((n) => node(`n${n}`, incompressible(300_000, `node ${n}`)));
    await before.commit(mesh, 0n, nodes.map(created), { ...info('w1'), at });
    const [row, part, ...others] = await logItems();
    expect(others.length).toBeGreaterThan(0);
    expect(row?.ttl).toBe(expiry / 1000);
    for (const { ttl = 0 } of [part, ...others] as readonly StoredItem[]) expect(ttl).toBe(expiry / 1000 + 28 * 86_400);
    expect(await after.changesSince(mesh, 0n)).toHaveLength(1);
    await removeItem(part);
    for (const read of [() => before.changesSince(mesh, 0n), () => before.load(mesh)]) {
      await expect(read()).rejects.toMatchObject(damaged('log#00000000000000000001'));
    }
    expect(await after.changesSince(mesh, 0n)).toBeUndefined();
    expect(await after.load(mesh)).toEqual({ mesh, generation: 1n, resources: nodes });
    expect(await after.commit(mesh, 1n, [created(node('n3', 'x'))], { ...info('w2'), at: expiry })).toMatchObject({ kind: 'committed' });
    expect(await after.load(mesh)).toEqual({ mesh, generation: 2n, resources: [...nodes, node('n3', 'x')] });
    expect(await after.changesSince(mesh, 1n)).toHaveLength(1);
  });

  test('a table that was restored to a point in time before has no changes to tell, only a state', async () => {
    await store.commit(mesh, 0n, [], info('w1'));
    expect(await store.changesSince(mesh, 5n)).toBeUndefined();
  });

  test('items that somebody else changed are named, and the others read', async () => {
    await store.commit(mesh, 0n, [created(node('a', 'x')), created(node('b', 'x'))], info('w1'));
    const large = [1, 2].map((n) => created(node(`n${n}`, incompressible(300_000, `node ${n}`))));
    await store.commit(mesh, 1n, large, info('w2'));
    await table.set({ pk: 'mesh#123456789012#apps', sk: 'virtualNode#a' }, 'spec', { S: '{"half' });
    await expect(store.get(mesh, refOf('a'))).rejects.toMatchObject(damaged('virtualNode#a'));
    await expect(store.load(mesh)).rejects.toMatchObject(damaged('virtualNode#a'));
    expect(await store.get(mesh, refOf('b'))).toEqual(node('b', 'x'));
    const parts = (await logItems()).filter(({ sk }) => sk.startsWith('part#'));
    expect(parts.length).toBeGreaterThan(1);
    await removeItem(parts[0]);
    store = table.store({ now: () => info('').at });
    await expect(store.changesSince(mesh, 1n)).rejects.toMatchObject(damaged('log#00000000000000000002'));
    await table.set({ pk: 'log#123456789012#apps', sk: 'log#00000000000000000001' }, 'changes', { B: Buffer.from('no gzip') });
    await expect(store.changesSince(mesh, 0n)).rejects.toMatchObject(damaged('log#0000000000000000000'));
  });

  const logItems = async (): Promise<readonly StoredItem[]> => {
    const found = (await table.items()).filter(({ pk }) => pk === 'log#123456789012#apps');
    return found.toSorted((a, b) => (a.sk < b.sk ? -1 : 1));
  };

  async function removeItem(item: StoredItem | undefined): Promise<void> {
    if (item === undefined) throw new Error('there is no such item');
    await table.remove(item);
  }
});

function info(writeId: string) {
  return { writeId, at: 1_000, author: 'tests', source: 'Test' };
}

function damaged(sortKey: string) {
  return { code: 'ServiceUnavailable', message: expect.stringMatching(new RegExp(`${sortKey}.* is damaged: restore`)) };
}

function refOf(name: string) {
  return { kind: 'virtualNode', mesh: mesh.mesh, name } as const;
}

function node(name: string, value: string): Resource<'virtualNode'> {
  return { ref: refOf(name), spec: {}, metadata: metadataOf(mesh), tags: [{ key: 'value', value }] };
}

function route(parent: string, name: string): Resource<'route'> {
  return {
    ref: { kind: 'route', mesh: mesh.mesh, parent, name },
    spec: { tcpRoute: { action: { weightedTargets: [] } } },
    metadata: metadataOf(mesh),
    tags: [],
  };
}

function meshItself(key: MeshKey): Resource<'mesh'> {
  return { ref: { kind: 'mesh', mesh: key.mesh, name: key.mesh }, spec: {}, metadata: metadataOf(key), tags: [] };
}

function metadataOf({ owner }: MeshKey) {
  return { arn: 'arn', uid: 'uid', version: 1, createdAt: 1, lastUpdatedAt: 1, meshOwner: owner, resourceOwner: owner };
}

function created(after: Resource): Change {
  return { ref: after.ref, after };
}

/** Text that gzip makes three quarters of at best: base64 of hashes, the same for the same seed. */
function incompressible(length: number, seed: string): string {
  const hashes = Array.from({ length: Math.ceil(length / 64) }, (_, index) =>
    createHash('sha384').update(`${seed} ${index}`).digest('base64'),
  );
  return hashes.join('').slice(0, length);
}
