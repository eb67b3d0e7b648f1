import { describe, expect, inject, it } from 'vitest';
import { ackAll, FIRST, startServing } from './testing/boot.ts';
import type { ScriptedClient, Type } from './testing/client.ts';
import { settled } from './testing/harness.ts';

const NODES = inject('effort') < 1 ? 200 : 1_000;
const VERSIONS = 3;
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

function askAll(client: ScriptedClient): ScriptedClient {
  for (const type of TYPES) client.ask(type, NAMES[type] === undefined ? {} : { names: NAMES[type] });
  return client;
}

/** Says no again to what was refused already, as a client that retries, and as one that has lost count. */
function refuseAgain(clients: readonly ScriptedClient[], nonceOf: (client: ScriptedClient, type: Type) => string): void {
  for (const client of clients) {
    for (const type of TYPES) client.ask(type, { nonce: nonceOf(client, type), error: 'no such filter' });
  }
}

const contentOf = (edition: string) => ({ ...FIRST, clusters: { x: edition, y: '1' }, listeners: { l: edition }, routes: { r: edition } });

describe.each(['sotw', 'delta'] as const)('a storm of refusals, %s', (protocol) => {
  it('of 1,000 nodes that refuse everything has nothing sent again, and good content reaches them all', { timeout: 120_000 }, async () => {
    const { connect, put, time, eventsOf } = startServing();
    const clients = Array.from({ length: NODES }, () => askAll(connect(protocol)));
    for (let n = 1; n <= VERSIONS; n += 1) {
      put(n, contentOf(`bad${n}`));
      await refuseAll(clients);
      // Past the bound what waits for clusters goes out all the same, and is refused, too.
      await time.advance(20_000);
      await refuseAll(clients);
    }
    const sent = eventsOf('sent').length;
    // Per version one response of each type, and endpoints once more for clusters that changed.
    expect(sent).toBeLessThanOrEqual(NODES * (VERSIONS + 1) * TYPES.length);
    const bodies = new Set(clients.flatMap(({ received }) => received.map(({ body }) => body)));
    expect(bodies.size).toBeLessThan(100);
    for (const nonceOf of [() => '', () => 'never', (client: ScriptedClient, type: Type) => client.last(type).nonce]) {
      refuseAgain(clients, nonceOf);
      await time.advance(30_000);
      await quiet();
    }
    expect(eventsOf('sent').length).toBe(sent);
    put(VERSIONS + 1, contentOf('good'));
    for (const client of clients) await ackAll(client);
    for (const type of ['cds', 'lds', 'rds'] as const) {
      expect(new Set(clients.map((client) => Object.values(client.last(type).resources)[0]?.slice(2)))).toEqual(new Set(['good']));
    }
  });
});
