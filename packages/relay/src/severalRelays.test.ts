import { describe, expect, it } from 'vitest';
import { ackAll, bootClient, FIRST } from './testing/boot.ts';
import type { Received, ScriptedClient, Type } from './testing/client.ts';
import { settled, startCore } from './testing/harness.ts';
import { lengthDelimited, MESH, ScriptedSnapshots, snapshotOf } from './testing/store.ts';

const SECOND = { ...FIRST, routes: { r: 'y1' } };

/** Relays that read the same store, each at its own pace. */
function startRelays(count: number) {
  const snapshots = new ScriptedSnapshots();
  const put = (n: number, content: typeof FIRST, hidden = false): void =>
    snapshots.put(snapshotOf(n, { 'virtualNode/a': content }), hidden);
  put(1, FIRST);
  const relays = Array.from({ length: count }, () => startCore({}, snapshots));
  for (const { endpoints } of relays) for (const cluster of ['x', 'y']) endpoints.set(cluster, '10.0.0.1');
  return { relays, snapshots, put };
}

/** First requests of a client that has just lost another relay, with what it holds from there. */
function moveTo(relay: ReturnType<typeof startCore>, from: ScriptedClient, protocol: 'sotw' | 'delta'): ScriptedClient {
  const client = relay.connect(protocol);
  const names: Readonly<Partial<Record<Type, readonly string[]>>> = { eds: ['x', 'y'], rds: ['r'] };
  for (const type of ['cds', 'eds', 'lds', 'rds'] as const) {
    const { version, versions } = from.last(type);
    client.ask(type, { ...(protocol === 'sotw' ? { version } : { versions }), ...(names[type] && { names: names[type] }) });
  }
  return client;
}

describe.each(['sotw', 'delta'] as const)('several relays, %s', (protocol) => {
  it('send byte-equal versions and resources, and to who moves between them nothing it has', async () => {
    const { relays, put } = startRelays(2);
    put(2, SECOND);
    const [here, there] = relays.map((relay) => relay.connect(protocol));
    const [, second] = relays;
    if (here === undefined || there === undefined || second === undefined) throw new Error('two relays');
    for (const client of [here, there]) await bootClient(client);
    for (const type of ['cds', 'eds', 'lds', 'rds'] as const) {
      const [mine, other] = [here.last(type), there.last(type)];
      expect(withoutNonce(mine)).toEqual(withoutNonce(other));
    }
    here.stream.closed('the relay is replaced');
    const moved = moveTo(second, here, protocol);
    const acked = second.eventsOf('acked').length;
    // Whether a cluster warms nobody knows: endpoints are repeated, and in delta all that is asked for by name.
    expect(await ackAll(moved)).toEqual(protocol === 'sotw' ? ['eds'] : ['eds', 'rds']);
    expect(moved.last('eds').version).toBe(here.last('eds').version);
    expect(second.eventsOf('acked').length - acked).toBe(4);
  });

  it.each(['cds', 'lds', 'rds'] as const)('take nobody back to older %s when one of them lags', async (type) => {
    const { relays, put, snapshots } = startRelays(2);
    const [ahead, lagging] = relays;
    if (ahead === undefined || lagging === undefined) throw new Error('two relays');
    await bootClient(lagging.connect(protocol));
    const before = await snapshots.head(MESH);
    const newer = { cds: { clusters: { x: '9', y: '1' } }, lds: { listeners: { l: '9' } }, rds: { routes: { r: 'x9' } } };
    put(2, { ...FIRST, ...newer[type] }, true);
    const client = ahead.connect(protocol);
    await bootClient(client);
    const latest = await snapshots.head(MESH);
    // The lagging one cannot see the new head for a while.
    const { promise, resolve } = Promise.withResolvers<void>();
    snapshots.headGate = () => promise;
    client.stream.closed('the relay is gone');
    const moved = moveTo(lagging, client, protocol);
    await lagging.time.advance(14_000);
    expect(moved.received).toEqual([]);
    snapshots.headGate = undefined;
    resolve();
    expect(await ackAll(moved)).not.toContain('lds');
    for (const { type: received, resources } of moved.received) expect(resources).toEqual(client.last(received).resources);
    expect(latest?.rev).toBeGreaterThan(before?.rev ?? 0n);
  });

  it('serve the newest to who comes back with what nobody knows any more, without it having to ask again', async () => {
    const { relays, put } = startRelays(1);
    const [relay] = relays;
    if (relay === undefined) throw new Error('one relay');
    const client = relay.connect(protocol);
    await bootClient(client);
    for (let n = 2; n <= 9; n += 1) put(n, { ...FIRST, listeners: { l: String(n) } });
    const unread = moveTo(relay, client, protocol);
    await settled();
    expect(unread.received.some(({ type }) => type === 'lds')).toBe(true);
    expect(unread.last('lds').resources).toEqual({ l: 'l=9' });
  });
});

/** The bytes of a response but for field 5, which each relay counts by itself. */
function withoutNonce({ body, nonce }: Received): readonly Buffer[] {
  const field = lengthDelimited(5, nonce);
  const at = body.indexOf(field);
  return [body.subarray(0, at), body.subarray(at + field.length)];
}
