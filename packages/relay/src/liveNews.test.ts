import { describe, expect, it } from 'vitest';
import { ChangeLog } from './changeLog.ts';
import { ackAll, bootClient, FIRST } from './testing/boot.ts';
import { settled, startCore } from './testing/harness.ts';
import { snapshotOf } from './testing/store.ts';

describe.each(['sotw', 'delta'] as const)('news of endpoints, %s', (protocol) => {
  it('are looked at for the proxies that use them, once per proxy and not per stream', async () => {
    const { connect, endpoints, snapshots } = startCore();
    for (const cluster of ['x', 'y', 'z']) endpoints.set(cluster, '1');
    snapshots.put(snapshotOf(1, { 'virtualNode/a': FIRST, 'virtualNode/b': { ...FIRST, clusters: { z: '1' }, endpoints: ['z'] } }));
    const ofA = Array.from({ length: 10 }, () => connect(protocol));
    const ofB = Array.from({ length: 10 }, () => connect(protocol, 'virtualNode/b'));
    for (const client of ofA) await bootClient(client);
    for (const client of ofB) await bootClient(client, ['z']);
    const before = endpoints.reads;
    for (let edition = 2; edition <= 100; edition += 1) endpoints.set('x', String(edition));
    await settled();
    for (const client of ofA) expect(client.take().map(({ resources }) => resources)).toEqual([{ x: 'x=100' }]);
    // Its two clusters, for all ten streams.
    expect(endpoints.reads - before).toBe(2);
    for (const client of ofB) expect(client.takeTypes()).toBe('');
    snapshots.put(snapshotOf(2, { 'virtualNode/a': FIRST, 'virtualNode/b': { ...FIRST, clusters: { z: '2' }, endpoints: ['z'] } }));
    for (const client of ofB) expect(await ackAll(client)).toEqual(['cds', 'eds']);
    // Its queries are the same: what was read for them still holds.
    expect(endpoints.reads - before).toBe(2);
  });

  it('reach clusters that are on their way out, too', async () => {
    const { connect, endpoints, snapshots } = startCore();
    for (const cluster of ['x', 'y']) endpoints.set(cluster, '1');
    snapshots.put(snapshotOf(1, { 'virtualNode/a': FIRST }));
    const client = connect(protocol);
    await bootClient(client);
    snapshots.put(snapshotOf(2, { 'virtualNode/a': { ...FIRST, clusters: { x: '1' }, routes: { r: 'x2' }, endpoints: ['x'] } }));
    await settled();
    expect(client.takeTypes()).toBe('rds');
    endpoints.set('y', '2');
    await settled();
    expect(client.take().map(({ resources }) => resources)).toEqual([{ y: 'y=2' }]);
  });
});

describe('changes by key', () => {
  it('takes what it has forgotten for changed', () => {
    const log = new ChangeLog(2);
    log.add('a');
    const since = log.count;
    expect(log.anySince(since, ['a', 'b'])).toBe(false);
    log.add('b');
    expect([log.anySince(since, ['a']), log.anySince(since, ['b'])]).toEqual([false, true]);
    log.add('c');
    log.add('d');
    expect(log.anySince(since, ['a'])).toBe(true);
    expect(log.anySince(log.count, ['a', 'b', 'c', 'd'])).toBe(false);
  });
});
