import { type Identity, MeshWriter } from '@meshwright/model';
import { expect, it } from 'vitest';
import { findNotServed, notServedLines } from './notServed.ts';
import { MemoryStore } from './store/memoryStore.ts';

const here: Identity = { account: '123456789012', region: 'us-east-1', partition: 'aws' };

async function create(store: MemoryStore, identity: Identity, mesh: string): Promise<void> {
  const time = { now: () => 0, monotonic: () => 0, newUid: () => 'u', random: () => 0, sleep: async () => {} };
  const writer = new MeshWriter({ store, identity, ...time });
  const ref = { kind: 'mesh', mesh, name: mesh } as const;
  const written = { writeId: `${identity.account}${mesh}`, author: identity.account, source: 'Test' };
  await writer.write({ mesh: { owner: identity.account, mesh }, changes: [{ action: 'create', ref, spec: {}, tags: [] }], ...written });
}

it('finds nothing where all is of this account and region', async () => {
  const store = new MemoryStore();
  await create(store, here, 'apps');
  const found = await findNotServed(store, here);
  expect(found).toEqual({ accounts: [], regions: [] });
  expect(notServedLines(found, '.meshwright', here.region)).toEqual([]);
});

it('tells of meshes of other accounts and regions, and the way to them', async () => {
  const store = new MemoryStore();
  await create(store, { ...here, account: '210987654321' }, 'theirs');
  await create(store, { ...here, region: 'eu-west-1' }, 'old');
  await create(store, { ...here, region: 'eu-west-1' }, 'older');
  const found = await findNotServed(store, here);
  expect(found).toEqual({
    accounts: [{ account: '210987654321', meshCount: 1 }],
    regions: [{ region: 'eu-west-1', meshCount: 2 }],
  });
  expect(notServedLines(found, '.meshwright', here.region)).toEqual([
    '.meshwright also holds 1 mesh of account 210987654321, not served here: start with --account 210987654321 for it',
    '2 meshes in .meshwright were made for region eu-west-1, this is us-east-1: ARNs from before keep eu-west-1; start with --region eu-west-1 to go on as before',
  ]);
});
