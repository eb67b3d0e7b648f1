import { expect, it } from 'vitest';
import { encodeSnapshot } from '../../codec.ts';
import type { MeshSnapshot } from '../../snapshot.ts';
import { SnapshotUnreadable } from '../../unreadable.ts';
import { sampleSnapshot } from '../sampleSnapshot.ts';
import { type CurrentSetup, headOf, MESH, OTHER_MESH, publishNext } from './setup.ts';

export function publishing(setup: CurrentSetup): void {
  it('has no head for a mesh that was never published', async () => {
    expect(await setup().store.head(MESH)).toBeUndefined();
  });

  it('reads back what was published', async () => {
    const snapshot = sampleSnapshot();
    expect(await setup().store.publish(snapshot, undefined)).toBe('published');
    const head = await headOf(setup().store);
    const { key, content } = encodeSnapshot(snapshot);
    expect(head).toEqual({ mesh: MESH, rev: 1n, latest: { version: snapshot.version, key, content }, serving: head.latest });
    expect(await setup().store.read(MESH, head.serving)).toEqual(snapshot);
  });

  it('moves the head with every version, remembers the key before, and still reads the older version', async () => {
    const { store } = setup();
    const first = await publishNext(store, { n: 1n, content: 'a' });
    const second = await publishNext(store, { n: 5n, content: 'b' });
    expect(second).toMatchObject({ rev: 2n, parent: first.latest.key });
    expect(second.serving).toEqual(second.latest);
    expect(await store.read(MESH, first.latest)).toEqual(sampleSnapshot({ content: 'a' }));
    expect(await store.read(MESH, second.latest)).toEqual(sampleSnapshot({ version: { n: 5n }, content: 'b' }));
  });

  it('orders by epoch, then n, then build', async () => {
    const { store } = setup();
    await publishNext(store, { n: 7n, build: 2, content: 'a' });
    for (const older of [
      { n: 7n, build: 2 },
      { n: 7n, build: 1 },
      { n: 6n, build: 9 },
    ]) {
      const { latest } = await headOf(store);
      expect(await store.publish(sampleSnapshot({ version: older, content: 'z' }), latest)).toBe('stale');
    }
    expect((await publishNext(store, { n: 7n, build: 3, content: 'b' })).rev).toBe(2n);
    expect((await publishNext(store, { epoch: 2, n: 1n, build: 1, content: 'c' })).rev).toBe(3n);
  });

  it('goes on counting over the end of a mesh, which is a version without proxies, and its re-creation', async () => {
    const { store } = setup();
    const first = await publishNext(store, { n: 1n });
    const end = sampleSnapshot({ version: { n: 2n }, proxies: 0 });
    expect(await store.publish(end, first.latest)).toBe('published');
    const ended = await headOf(store);
    expect(await store.read(MESH, ended.latest)).toEqual(end);
    // The same content as before the end: another version all the same.
    const again = await publishNext(store, { n: 3n });
    expect(again).toMatchObject({ rev: 3n, parent: ended.latest.key });
    expect(again.latest.key).not.toBe(first.latest.key);
    expect(await store.read(MESH, again.latest)).toEqual(sampleSnapshot({ version: { n: 3n } }));
  });

  it('keeps which proxies were carried over, and takes the same list for unchanged content', async () => {
    const { store } = setup();
    const first = await publishNext(store, { n: 1n });
    const carriedOver = new Map([['virtualNode/node0', { version: first.latest.version, reason: 'its listener cannot be compiled' }]]);
    const failing = (n: bigint): MeshSnapshot => sampleSnapshot({ version: { n }, carriedOver });
    expect(await store.publish(failing(2n), first.latest)).toBe('published');
    const second = await headOf(store);
    expect(await store.read(MESH, second.latest)).toEqual(failing(2n));
    expect(await store.publish(failing(3n), second.latest)).toBe('unchanged');
    expect(await store.read(MESH, (await headOf(store)).latest)).toEqual(failing(3n));
  });

  it('keeps meshes apart', async () => {
    const { store } = setup();
    await store.publish(sampleSnapshot({ mesh: MESH, content: 'a' }), undefined);
    await store.publish(sampleSnapshot({ mesh: OTHER_MESH, content: 'b' }), undefined);
    const head = await headOf(store);
    expect(await store.read(MESH, head.latest)).toEqual(sampleSnapshot({ content: 'a' }));
    await expect(store.read(OTHER_MESH, head.latest)).rejects.toThrow(SnapshotUnreadable);
  });

  it('takes any mesh name, and tells names apart that a file system may confuse', async () => {
    const { store } = setup();
    const names = [
      'a/b',
      'a',
      'A',
      '..',
      '.',
      '%2F',
      'a\\b',
      'nul',
      'ünï',
      'ü',
      'u\u0308',
      'x'.repeat(255),
      `${'x'.repeat(254)}y`,
      // More bytes than a key of most databases may have.
      '😀'.repeat(255),
      `${'😀'.repeat(254)}a`,
      '__proto__',
      ' ',
    ];
    const meshes = names.map((name) => `123456789012/${name}`);
    for (const mesh of meshes) await store.publish(sampleSnapshot({ mesh, content: mesh }), undefined);
    for (const mesh of meshes) {
      const head = await headOf(store, mesh);
      expect(head).toMatchObject({ mesh, rev: 1n });
      expect(await store.read(mesh, head.latest)).toEqual(sampleSnapshot({ mesh, content: mesh }));
    }
  });
}
