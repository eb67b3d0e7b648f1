import { expect, it } from 'vitest';
import { encodeSnapshot } from '../../codec.ts';
import type { SnapshotUnreadable } from '../../unreadable.ts';
import { sampleSnapshot } from '../sampleSnapshot.ts';
import { type CurrentSetup, headOf, MESH, type ObjectAccess, publishNext } from './setup.ts';

export function damage(setup: CurrentSetup): void {
  const damaged: readonly (readonly [string, (bytes: Uint8Array) => Uint8Array, SnapshotUnreadable['reason']])[] = [
    ['with one bit changed', (bytes) => bytes.with(bytes.length >> 1, (bytes[bytes.length >> 1] ?? 0) ^ 4), 'corrupt'],
    ['cut short', (bytes) => bytes.slice(0, -1), 'truncated'],
    ['that is empty', () => new Uint8Array(), 'truncated'],
    ['with something behind its end', (bytes) => new Uint8Array([...bytes, 0]), 'corrupt'],
    ['that is another one', () => encodeSnapshot(sampleSnapshot({ content: 'another' })).bytes, 'corrupt'],
  ];
  for (const [what, change, reason] of damaged) {
    it(`does not read an object ${what}`, async () => {
      const { store, objects } = setup();
      const { latest } = await publishNext(store, { n: 1n });
      await objects.put(MESH, latest.key, change(new Uint8Array(await objects.get(MESH, latest.key))));
      await expect(store.read(MESH, latest)).rejects.toMatchObject({ name: 'SnapshotUnreadable', reason, key: latest.key });
    });
  }

  it('does not read an object that is gone, and publishes the next version all the same', async () => {
    const { store, objects } = setup();
    const { latest } = await publishNext(store, { n: 1n, content: 'a' });
    await objects.remove(MESH, latest.key);
    await expect(store.read(MESH, latest)).rejects.toMatchObject({ name: 'SnapshotUnreadable', reason: 'missing', key: latest.key });
    const next = await publishNext(store, { n: 2n, content: 'b' });
    expect(await store.read(MESH, next.latest)).toEqual(sampleSnapshot({ version: { n: 2n }, content: 'b' }));
  });

  it.each([
    ['gone', (objects: ObjectAccess, key: string) => objects.remove(MESH, key)],
    ['corrupt', (objects: ObjectAccess, key: string) => objects.put(MESH, key, new TextEncoder().encode('zzz'))],
  ])('writes an object again that is %s, with the next version of the same content', async (_, damageObject) => {
    const { store, objects } = setup();
    const { latest } = await publishNext(store, { n: 1n });
    await damageObject(objects, latest.key);
    const later = sampleSnapshot({ version: { n: 2n } });
    expect(await store.publish(later, latest)).toBe('published');
    const head = await headOf(store);
    expect(head).toMatchObject({ rev: 2n, latest: { version: later.version, content: latest.content } });
    expect(await store.read(MESH, head.latest)).toEqual(later);
  });

  it('is not disturbed by an object whose publisher died before it moved the head', async () => {
    const { store, objects } = setup();
    const first = await publishNext(store, { n: 1n, content: 'a' });
    const abandoned = sampleSnapshot({ version: { n: 2n }, content: 'b' });
    const { key, bytes } = encodeSnapshot(abandoned);
    await objects.put(MESH, key, bytes);
    expect(await headOf(store)).toEqual(first);
    const reopened = await setup().reopen();
    expect(await headOf(reopened)).toEqual(first);
    expect(await reopened.read(MESH, first.latest)).toEqual(sampleSnapshot({ content: 'a' }));
    expect(await reopened.publish(abandoned, first.latest)).toBe('published');
    expect(await reopened.read(MESH, (await headOf(reopened)).latest)).toEqual(abandoned);
  });
}
