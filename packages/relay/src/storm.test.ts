import { describe, expect, inject, it } from 'vitest';
import { ackAll, FIRST, startServing } from './testing/boot.ts';
import type { ScriptedClient, Type } from './testing/client.ts';
import { settled } from './testing/harness.ts';

const NODES = inject('effort') < 1 ? 200 : 1_000;
const TYPES: readonly Type[] = ['cds', 'eds', 'lds', 'rds'];
const NAMES: Readonly<Partial<Record<Type, readonly string[]>>> = { eds: ['x', 'y'], rds: ['r'] };

/** Batches of streams are served in turns of the event loop of their own. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < NODES / 64; turn += 1) await settled();
}

/** Refuses all that has come, until nothing comes any more. */
async function refuseAll(clients: readonly ScriptedClient[]): Promise<void> {
  for (;;) {
    await quiet();
    const fresh = clients.flatMap((client) => client.take().map((response) => ({ client, response })));
    if (fresh.length === 0) return;
    for (const { client, response } of fresh) client.ask(response.type, { nonce: response.nonce, error: 'no such filter' });
  }
}

describe.each(['sotw', 'delta'] as const)('a storm of refusals, %s', (protocol) => {
  it('of 1,000 nodes that refuse everything has nothing sent again, and good content reaches them all', { timeout: 120_000 }, async () => {
    const { connect, put, time, eventsOf } = startServing();
    const clients = Array.from({ length: NODES }, () => connect(protocol));
    for (const client of clients) for (const type of TYPES) client.ask(type, NAMES[type] === undefined ? {} : { names: NAMES[type] });
    const versions = 3;
    for (let n = 1; n <= versions; n += 1) {
      const bad = `bad${n}`;
      put(n, { ...FIRST, clusters: { x: bad, y: '1' }, listeners: { l: bad }, routes: { r: bad } });
      await refuseAll(clients);
      // Past the bound what waits for clusters goes out all the same, and is refused, too.
      await time.advance(20_000);
      await refuseAll(clients);
    }
    const sent = eventsOf('sent').length;
    // Per version one response of each type, and endpoints once more for clusters that changed.
    expect(sent).toBeLessThanOrEqual(NODES * (versions + 1) * TYPES.length);
    const encoded = new Set(clients.flatMap(({ received }) => received.map(({ body }) => body))).size;
    expect(encoded).toBeLessThan(100);
    for (const nonce of ['', 'never', 'last']) {
      for (const client of clients) {
        for (const type of TYPES) client.ask(type, { nonce: nonce === 'last' ? client.last(type).nonce : nonce, error: 'no such filter' });
      }
      await time.advance(30_000);
      await quiet();
    }
    expect(eventsOf('sent').length).toBe(sent);
    put(versions + 1, { ...FIRST, clusters: { x: 'good', y: '1' }, listeners: { l: 'good' }, routes: { r: 'good' } });
    await quiet();
    for (const client of clients) {
      await ackAll(client);
      expect([client.last('cds'), client.last('lds'), client.last('rds')].map(({ resources }) => Object.values(resources)[0])).toEqual([
        'x=good',
        'l=good',
        'r=good',
      ]);
    }
  });
});
