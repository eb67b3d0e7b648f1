import type { ScriptedClient, Type } from './client.ts';
import { settled, startCore } from './harness.ts';
import { type ProxyContent, snapshotOf } from './store.ts';

/** Two EDS clusters, one listener, one route configuration. */
export const FIRST: ProxyContent = { clusters: { x: '1', y: '1' }, listeners: { l: '1' }, routes: { r: 'x1' }, endpoints: ['x', 'y'] };

/** A core that serves `FIRST` to `virtualNode/a`. */
export function startServing(...parts: Parameters<typeof startCore>) {
  const system = startCore(...parts);
  const put = (n: number, content: ProxyContent): void => system.snapshots.put(snapshotOf(n, { 'virtualNode/a': content }));
  put(1, FIRST);
  for (const cluster of ['x', 'y', 'z']) system.endpoints.set(cluster, '10.0.0.1');
  return { ...system, put };
}

/** Asks for everything as Envoy does when it boots, and acknowledges all of it. */
export async function bootClient(client: ScriptedClient, clusters: readonly string[] = ['x', 'y']): Promise<void> {
  client.ask('cds');
  await settled();
  client.ask('eds', { names: clusters });
  await settled();
  client.ack('cds').ack('eds').ask('lds');
  await settled();
  client.ack('lds').ask('rds', { names: ['r'] });
  await settled();
  client.ack('rds');
  await settled();
  client.take();
}

/** Acknowledges whatever comes until nothing comes any more; answers the types in the order they came. */
export async function ackAll(client: ScriptedClient): Promise<readonly Type[]> {
  const types: Type[] = [];
  for (;;) {
    await settled();
    const fresh = client.take();
    if (fresh.length === 0) return types;
    for (const response of fresh) {
      types.push(response.type);
      client.ack(response);
    }
  }
}
