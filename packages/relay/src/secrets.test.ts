import { describe, expect, it } from 'vitest';
import { ackAll, bootClient, startServing } from './testing/boot.ts';
import type { ScriptedClient } from './testing/client.ts';
import { ScriptedSecrets, settled } from './testing/harness.ts';

const TRUST = 'trust';
const TLS_CERTIFICATE = 2;
const GENERIC_SECRET = 5;

function startTrusted() {
  const secrets = new ScriptedSecrets();
  return { ...startServing({}, undefined, { secrets }), secrets };
}

const contentOf = (client: ScriptedClient): string => Object.values(client.last('sds').resources).join();

describe.each(['sotw', 'delta'] as const)('trust bundles, %s', (protocol) => {
  it('reaches each of 50 streams with every rotation, and with one between subscription and first answer', async () => {
    const { connect, secrets } = startTrusted();
    secrets.set(TRUST, 'root-1');
    const clients = Array.from({ length: 50 }, () => connect(protocol));
    await Promise.all(clients.map((client) => bootClient(client)));
    for (const client of clients) client.ask('sds', { names: [TRUST] });
    secrets.set(TRUST, 'root-2');
    await settled();
    for (const client of clients) {
      expect(client.takeTypes()).toBe('sds');
      expect(contentOf(client)).toContain('root-2');
    }
    // One rotates while the others' answers are still on their way: the newest reaches all.
    for (const client of clients.slice(25)) client.ack('sds');
    secrets.set(TRUST, 'root-3');
    secrets.set(TRUST, 'root-4');
    await settled();
    for (const client of clients.slice(0, 25)) client.ack('sds');
    for (const client of clients) await ackAll(client);
    for (const client of clients) expect(contentOf(client)).toContain('root-4');
    expect(new Set(clients.map((client) => client.received.filter(({ type }) => type === 'sds').length))).toEqual(new Set([2]));
  });

  it('come before the clusters that are checked by them, and are none of any version', async () => {
    const { connect, secrets, put } = startTrusted();
    secrets.set(TRUST, 'root-1');
    const client = connect(protocol);
    await bootClient(client);
    client.ask('sds', { names: [TRUST] });
    await ackAll(client);
    put(2, { clusters: { x: '2', y: '1' }, listeners: { l: '2' }, routes: { r: 'x2' }, endpoints: ['x', 'y'] });
    secrets.set(TRUST, 'root-2');
    expect(await ackAll(client)).toEqual(['sds', 'cds', 'eds', 'lds', 'rds']);
    put(1, { clusters: { x: '1', y: '1' }, listeners: { l: '1' }, routes: { r: 'x1' }, endpoints: ['x', 'y'] });
    expect(await ackAll(client)).not.toContain('sds');
  });

  it('are delivered when they appear, and to those of their mesh and name alone', async () => {
    const { connect, secrets, snapshots, endpoints } = startTrusted();
    const client = connect(protocol);
    const other = connect(protocol);
    for (const each of [client, other]) await bootClient(each);
    client.ask('sds', { names: [TRUST] });
    other.ask('sds', { names: ['elsewhere'] });
    for (const each of [client, other]) await ackAll(each);
    const reads = endpoints.reads;
    secrets.set(TRUST, 'theirs', { mesh: '999999999999/apps' });
    expect(await ackAll(client)).toEqual([]);
    secrets.set(TRUST, 'root-1');
    expect(await ackAll(client)).toEqual(['sds']);
    expect(await ackAll(other)).toEqual([]);
    expect(contentOf(client)).toContain('root-1');
    expect([endpoints.reads, snapshots.reads]).toEqual([reads, 1]);
  });

  it.each([
    ['a certificate with its key', TLS_CERTIFICATE],
    ['a generic secret', GENERIC_SECRET],
  ])('never pass %s, which is told without its content', async (_what, field) => {
    const { connect, secrets, events } = startTrusted();
    secrets.set('key', 'PRIVATE', { field });
    const client = connect(protocol);
    await bootClient(client);
    client.ask('sds', { names: ['key'] });
    await ackAll(client);
    expect(client.received.filter(({ type, resources }) => type === 'sds' && Object.keys(resources).length > 0)).toEqual([]);
    expect(events.filter(({ kind }) => kind === 'secretWithheld')).toMatchObject([{ name: 'key' }]);
    expect(JSON.stringify(events)).not.toContain('PRIVATE');
  });

  it('are sent again to who comes back, whatever version it reports', async () => {
    const { connect, secrets } = startTrusted();
    secrets.set(TRUST, 'root-1');
    const reported = protocol === 'sotw' ? { version: 'v' } : { versions: { trust: 'v' } };
    const client = connect(protocol)
      .ask('cds')
      .ask('sds', { names: [TRUST], ...reported });
    await settled();
    expect(client.takeTypes()).toBe('sds cds');
  });
});
