import { LISTENER_TYPE } from '@meshwright/envoy-api';
import { type HoldableSnapshots, HoldDecider, type HoldNews } from '@meshwright/snapshot';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ackAll, bootClient, FIRST } from '../testing/boot.ts';
import type { ScriptedClient } from '../testing/client.ts';
import { FakeTime, settled, startCore } from '../testing/harness.ts';
import { heldResource, MESH, type ProxyContent, ScriptedSnapshots, snapshotOf } from '../testing/store.ts';
import { Sessions } from './sessions.ts';

const NODES = Array.from({ length: 12 }, (_, number) => `virtualNode/n${number}`);
const BAD = { ...FIRST, clusters: { x: '2', y: '1' }, listeners: { l: 'bad' } };

let snapshots: ScriptedSnapshots;
let time: FakeTime;
let relays: ReturnType<typeof startCore>[];
let deciders: HoldDecider[];
let news: HoldNews[];

beforeEach(() => {
  [snapshots, time, relays, deciders, news] = [new ScriptedSnapshots(), new FakeTime(), [], [], []];
  relays = [startCore({}, snapshots), startCore({}, snapshots)];
  for (const { endpoints } of relays) for (const cluster of ['x', 'y']) endpoints.set(cluster, '10.0.0.1');
  put(1, FIRST);
  deciders = [startDecider(), startDecider()];
});
afterEach(() => Promise.all(deciders.map((decider) => decider.close())));

function put(n: number, content: ProxyContent): void {
  snapshots.put(snapshotOf(n, Object.fromEntries(NODES.map((node) => [node, content]))));
}

/** What all relays tell, from all that has happened so far. */
function reports() {
  return relays.flatMap(({ events }, place) => {
    const sessions = new Sessions({ relay: `r${place}`, now: () => 0 });
    for (const event of events) sessions.take(event);
    return sessions.all(MESH);
  });
}

function startDecider(): HoldDecider {
  const holdable: HoldableSnapshots = {
    head: (mesh) => snapshots.head(mesh),
    read: (mesh, published) => snapshots.read(mesh, published),
    watch: (signal) => snapshots.watch(signal),
    async hold({ rev }, held) {
      if ((await snapshots.head(MESH))?.rev !== rev) return false;
      snapshots.hold(held);
      return true;
    },
  };
  const limits = { identities: 3, share: undefined };
  const failed = (_: string, cause: unknown): void => {
    throw cause;
  };
  const { setTimer } = time;
  return new HoldDecider({
    snapshots: holdable,
    reports: async () => reports(),
    limits,
    setTimer,
    onNews: (one) => news.push(one),
    onFailure: failed,
  });
}

const held = async () => (await snapshots.head(MESH))?.held ?? [];

describe.each(['sotw', 'delta'] as const)('content that is refused at two relays, %s', (protocol) => {
  /** Replicas of a node, of which each relay has as many. */
  async function boot(node: number, replicas = 1): Promise<readonly ScriptedClient[]> {
    const clients = relays.flatMap(({ connect }, place) =>
      Array.from({ length: replicas }, (_, number) =>
        connect(protocol, NODES[node], { address: `10.${place}.${node}.${number}:1`, userAgent: '' }),
      ),
    );
    for (const client of clients) await bootClient(client);
    return clients;
  }

  async function refuse(clients: readonly ScriptedClient[]): Promise<void> {
    await settled();
    for (const client of clients) client.ack('cds').ack('eds');
    await settled();
    for (const client of clients) client.nack('lds', 'listener l: no').take();
  }

  it('is held from the third node on, however many replicas refuse, and goes to none who lags, reconnects or comes later', async () => {
    const [first, second, third, lagging] = [await boot(0, 4), await boot(1, 4), await boot(2), await boot(3)];
    for (const client of lagging) client.slow = true;
    put(2, BAD);
    await refuse([...first, ...second]);
    await time.advance(6_000);
    expect(await held()).toEqual([]);
    await refuse(third);
    await time.advance(6_000);
    expect(await held()).toEqual([heldResource(LISTENER_TYPE, 'l', 'bad')]);
    expect(news).toMatchObject([{ held: [{ nodes: NODES.slice(0, 3), message: 'listener l: no' }] }]);

    for (const client of lagging) {
      client.slow = false;
      client.ack('cds').stream.drained();
      expect(await ackAll(client)).not.toContain('lds');
    }
    for (const relay of relays) {
      const fresh = relay.connect(protocol, NODES[4]);
      await bootClient(fresh);
      expect(fresh.last('lds').resources).toEqual({ l: 'l=1' });
    }
    put(3, { ...BAD, routes: { r: 'x3' } });
    for (const client of [...third, ...lagging]) expect(await ackAll(client)).toContain('rds');
    for (const client of lagging) expect(client.last('lds').resources).toEqual({ l: 'l=1' });

    put(4, { ...BAD, routes: { r: 'x3' }, listeners: { l: 'good' } });
    await time.advance(6_000);
    expect(await held()).toEqual([]);
    expect(news.at(-1)).toMatchObject({ held: [], released: [{ name: 'l' }] });
    for (const client of [...first, ...third, ...lagging]) {
      await ackAll(client);
      expect(client.last('lds').resources).toEqual({ l: 'l=good' });
    }
  });

  it('stays held when those who refused it are gone, and is not held for nodes of which a replica has taken it', async () => {
    const groups = [await boot(0), await boot(1), await boot(2)];
    put(2, BAD);
    const [sick, well] = [groups.flatMap(([one]) => one ?? []), groups.flatMap(([, other]) => other ?? [])];
    for (const client of well) await ackAll(client);
    await refuse(sick);
    await time.advance(6_000);
    expect(await held()).toEqual([]);

    put(3, { ...BAD, listeners: { l: 'worse' } });
    await settled();
    for (const client of [...sick, ...well]) client.nack('lds');
    await time.advance(6_000);
    expect(await held()).toHaveLength(1);
    for (const client of [...sick, ...well]) client.stream.closed('cut');
    for (const { events } of relays) events.length = 0;
    await time.advance(60_000);
    expect(await held()).toHaveLength(1);
  });
});
