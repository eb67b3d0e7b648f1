import { describe, expect, it } from 'vitest';
import { bootClient, FIRST, startServing } from './testing/boot.ts';
import { bufferBytes, stillHeld } from './testing/garbage.ts';
import { settled } from './testing/harness.ts';
import { snapshotOf } from './testing/store.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const PROTOCOLS = ['sotw', 'delta'] as const;

const large = (n: number, bytes: number): string => `${n}`.padEnd(bytes, '.');

/** A function of its own, so that nothing of it stays on the test's stack. */
async function openAndClose(system: ReturnType<typeof startServing>, rounds: number): Promise<readonly WeakRef<object>[]> {
  const streams: WeakRef<object>[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const client = system.connect(PROTOCOLS[round % 2] ?? 'sotw');
    // Some have gone before anything was sent, some in the middle, some after all was acknowledged.
    if (round % 3 === 0) await bootClient(client);
    else client.ask('cds').ask('eds', { names: ['x', 'nobody'] });
    if (round % 3 === 1) await settled();
    client.stream.closed('gone');
    streams.push(new WeakRef(client.stream));
  }
  return streams;
}

describe('the memory of a relay', () => {
  it('holds nothing of streams that are over', { timeout: 60_000 }, async () => {
    const system = startServing();
    const streams = await openAndClose(system, 1_000);
    system.put(2, { ...FIRST, routes: { r: 'x2' } });
    expect(await stillHeld(streams)).toBe(0);
    expect(system.snapshots.watchers).toBe(1);
    system.core.stop();
  });

  it.each(PROTOCOLS)(
    'holds no version that nobody needs, whatever slow readers have not taken: %s',
    { timeout: 60_000 },
    async (protocol) => {
      const { connect, put, core } = startServing({ sharedResponseBytes: 64 * KIB });
      const [reader, slow, silent] = [connect(protocol), connect(protocol), connect(protocol)];
      for (const client of [reader, slow, silent]) await bootClient(client);
      slow.slow = true;
      const before = await bufferBytes();
      for (let n = 2; n <= 1_000; n += 1) {
        put(n, { ...FIRST, routes: { r: large(n, 16 * KIB) } });
        await settled();
        reader.ack('rds');
        // What a test client has been sent it keeps; a proxy does not.
        reader.received.length = 0;
        reader.take();
        if (n % 10 === 0) await settled();
      }
      expect([slow, silent].map(({ received }) => received.filter(({ type }) => type === 'rds').length)).toEqual([2, 2]);
      // 1,000 versions are 16 MiB.
      expect((await bufferBytes()) - before).toBeLessThan(2 * MIB);
      core.stop();
    },
  );

  it('holds a snapshot once, however many proxies use it', async () => {
    const { connect, snapshots, put } = startServing();
    const before = await bufferBytes();
    put(2, { ...FIRST, routes: { r: large(2, 2 * MIB) } });
    const clients = Array.from({ length: 200 }, (_, index) => connect(PROTOCOLS[index % 2] ?? 'sotw'));
    for (const client of clients) client.ask('cds').ask('rds', { names: ['r'] });
    await settled();
    for (const client of clients) client.ack('cds');
    await settled();
    expect(new Set(clients.map((client) => client.last('rds').body)).size).toBe(2);
    for (const client of clients) client.received.length = 0;
    // The store's, the relay's, and one encoded response for each protocol.
    expect((await bufferBytes()) - before).toBeLessThan(9 * MIB);
    expect(snapshots.reads).toBe(1);
  });

  it('is not kept by one small resource that never changes, and is given back when nobody has followed the mesh for a while', async () => {
    const { connect, snapshots, time, core } = startServing({ sharedResponseBytes: 0 });
    const before = await bufferBytes();
    // As from a store: cut out of one large object.
    snapshots.damage = (bytes) => bytes;
    const client = connect('sotw').ask('cds');
    for (const [index, extra] of [large(1, 32 * MIB), 'none', 'none'].entries()) {
      snapshots.put(snapshotOf(index + 2, { 'virtualNode/a': { ...FIRST, listeners: { l: '1', extra } } }));
      await settled();
    }
    snapshots.put(snapshotOf(5, { 'virtualNode/a': { ...FIRST, listeners: { l: '1' } } }));
    await settled();
    expect(Object.keys(client.last('cds').resources)).toEqual(['x', 'y']);
    expect((await bufferBytes()) - before).toBeLessThan(MIB);
    snapshots.put(snapshotOf(6, { 'virtualNode/a': { ...FIRST, listeners: { l: large(6, 8 * MIB) } } }));
    await settled();
    for (let n = 7; n <= 9; n += 1) snapshots.put(snapshotOf(n, {}, 'someone/else'));
    expect((await bufferBytes()) - before).toBeGreaterThan(8 * MIB);
    client.stream.closed('gone');
    await time.advance(600_000);
    expect((await bufferBytes()) - before).toBeLessThan(MIB);
    core.stop();
  });
});
