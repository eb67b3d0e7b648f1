import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { folderName, type Head } from '@meshwright/snapshot';
import { sampleSnapshot } from '@meshwright/snapshot/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FileSnapshots } from './fileSnapshots.ts';

const MESH = '123456789012/apps';
const OTHER = '123456789012/shop';

let root: string;
let folder: string;
let store: FileSnapshots;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'meshwright-healing-'));
  folder = join(root, 'snapshots');
  store = await FileSnapshots.open(folder);
});
afterEach(() => rm(root, { recursive: true, force: true }));

describe('snapshots whose folder is deleted under them', () => {
  it.each([
    ['one mesh', () => join(folder, folderName(MESH))],
    ['all meshes', () => folder],
  ])('are published again with the next version: that of %s', async (_, deleted) => {
    await publish({ n: 1n });
    await rm(deleted(), { recursive: true });
    const head = await publish({ n: 2n, content: 'b' });
    expect((await store.read(MESH, head.latest)).version.n).toBe(2n);
    await publish({ n: 1n }, OTHER);
    const reopened = await FileSnapshots.open(folder);
    expect(await reopened.head(MESH)).toEqual(head);
    expect(await reopened.head(OTHER)).toMatchObject({ rev: 1n });
  });

  it('do not bring back the folder around theirs', async () => {
    await publish({ n: 1n });
    await rm(root, { recursive: true });
    await expect(publish({ n: 2n, content: 'b' })).rejects.toThrow('ENOENT');
    await expect(publish({ n: 1n }, OTHER)).rejects.toThrow('ENOENT');
    await expect(readdir(root)).rejects.toThrow('ENOENT');
  });
});

describe('a snapshot object that is damaged', () => {
  it('is restored in the same version with the same key, and whoever serves it is told', async () => {
    const { latest } = await publish({ n: 1n });
    await writeFile(objectOf(latest.key), 'zzz');
    const heads = store.watch(AbortSignal.timeout(5_000))[Symbol.asyncIterator]();
    await heads.next();
    await store.restore(sampleSnapshot({ mesh: MESH }));
    expect((await heads.next()).value).toMatchObject([{ rev: 2n, latest, serving: latest }]);
    expect(await store.read(MESH, latest)).toEqual(sampleSnapshot({ mesh: MESH }));
  });

  it('is left to the newer version where there is one', async () => {
    await publish({ n: 1n });
    const head = await publish({ n: 2n, content: 'b' });
    await store.restore(sampleSnapshot({ mesh: MESH }));
    expect(await store.head(MESH)).toEqual(head);
  });
});

const objectOf = (key: string): string => join(folder, folderName(MESH), `${key}.snapshot`);

async function publish({ n, content }: { readonly n: bigint; readonly content?: string }, mesh = MESH): Promise<Head> {
  await store.publish(sampleSnapshot({ mesh, version: { n }, ...(content && { content }) }), (await store.head(mesh))?.latest);
  const head = await store.head(mesh);
  if (head === undefined) throw new Error('no head');
  return head;
}
