import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import { describe, expect, inject, it } from 'vitest';
import { poll } from '../process/poll.ts';
import { AdsClient } from './adsClient.ts';
import { acked, startEnvoyOnRelay } from './envoyOnRelay.ts';
import { type HandMade, PROXY } from './handMadeMesh.ts';
import { startLoad } from './load.ts';

/** Versions that are published under load. */
const MOVES = 6 * inject('effort');

describe.each(['sotw', 'delta'] as const)('a real Envoy, %s,', (protocol) => {
  it('has the endpoints of a cluster that was removed and added again', async () => {
    await using running = await startEnvoyOnRelay(protocol);
    const { envoy, log, put, call, fixedPort } = running;
    await put({ n: 2, fixedPort, isDiscovered: false, routeTo: 'fixed' });
    await log.until('the removal acknowledged', acked([CLUSTER_TYPE], 2));
    expect(await envoy.admin('/clusters')).not.toContain('discovered::');
    await put({ n: 3, fixedPort, routeTo: 'discovered' });
    await log.until('cluster, endpoints and routes acknowledged', acked([CLUSTER_TYPE, ENDPOINT_TYPE, ROUTE_TYPE], 3));
    expect(await call()).toBe('discovered');
    expect(await envoy.stat('cluster_manager.warming_clusters')).toBe(0);
  });

  it('drops what went while there was no relay', async () => {
    await using running = await startEnvoyOnRelay(protocol);
    const { envoy, put, restartRelay, call } = running;
    const log = await restartRelay(() => put({ n: 2, routeTo: 'discovered' }));
    await log.until('the routes acknowledged', acked([ROUTE_TYPE], 2));
    await poll({ what: 'clusters', ask: () => envoy.admin('/clusters'), wanted: (clusters) => !clusters.includes('fixed::') });
    expect(await call()).toBe('discovered');
  });

  it('that came to warm a cluster leaves off when the next relay does not have it', async () => {
    await using running = await startEnvoyOnRelay(protocol, { isWarming: true });
    const { envoy, log, put, restartRelay, call, fixedPort } = running;
    expect(log.ofKind('sent').map(({ typeUrl }) => typeUrl)).toEqual([CLUSTER_TYPE]);
    expect(await envoy.admin('/ready')).not.toContain('LIVE');
    await restartRelay(() => put({ n: 2, fixedPort, isDiscovered: false, routeTo: 'fixed' }));
    await envoy.ready();
    expect(await call()).toBe('fixed');
    expect(await envoy.stat('cluster_manager.warming_clusters')).toBe(0);
  });

  it('has no listener that warms, whether its routes change with it or not', async () => {
    await using running = await startEnvoyOnRelay(protocol);
    const { envoy, log, put, call, fixedPort } = running;
    const warming = () => envoy.stat('listener_manager.total_listeners_warming');
    await put({ n: 2, fixedPort, statPrefix: 'second', routeTo: 'fixed' });
    await log.until('the listener acknowledged', acked([LISTENER_TYPE], 2));
    await poll({ what: 'listeners that warm', ask: warming, wanted: (count) => count === 0 });
    await put({ n: 3, fixedPort, statPrefix: 'third', routeTo: 'discovered' });
    await log.until('listener and routes acknowledged', acked([LISTENER_TYPE, ROUTE_TYPE], 3));
    await poll({ what: 'listeners that warm', ask: warming, wanted: (count) => count === 0 });
    const statOf = () => envoy.stat('http.third.downstream_rq_total');
    expect(await call()).toBe('discovered');
    expect(await statOf()).toBe(1);
  });

  it('that asks for routes nobody knows goes on with the listener it has, and has them once they exist', async () => {
    await using running = await startEnvoyOnRelay(protocol);
    const { envoy, log, put, call, fixedPort } = running;
    await put({ n: 2, fixedPort, routeTo: 'fixed', asksFor: 'late' });
    await log.until('the listener acknowledged', acked([LISTENER_TYPE], 2));
    const asked = { what: 'the request for routes', ask: () => envoy.stat('http.in.rds.late.update_attempt') };
    if (protocol === 'sotw') await poll({ ...asked, wanted: (tries) => tries === 1 });
    else await log.until('the removal acknowledged', acked([ROUTE_TYPE], 2));
    expect(await envoy.stat('listener_manager.total_listeners_warming')).toBe(1);
    expect(await call()).toBe('fixed');
    await put({ n: 3, fixedPort, routeTo: 'discovered', asksFor: 'late', routesName: 'late' });
    await log.until('the routes acknowledged', acked([ROUTE_TYPE], 3));
    await poll({ what: 'who answers', ask: call, wanted: (app) => app === 'discovered' });
    expect(await envoy.stat('listener_manager.total_listeners_warming')).toBe(0);
    expect(log.ofKind('rejected')).toEqual([]);
  });

  it('that refuses a listener is not sent it again before it changes, is sent everything else, and does not keep it from others', async () => {
    await using running = await startEnvoyOnRelay(protocol);
    const { log, put, call, fixedPort, xdsPort } = running;
    await put({ n: 2, fixedPort, routeTo: 'fixed', hasBadListener: true });
    await log.until('the refusal', () => log.ofKind('rejected').length > 0);
    expect(log.ofKind('rejected')).toMatchObject([
      { typeUrl: LISTENER_TYPE, snapshotVersion: '1.2.1', message: expect.stringContaining('no filter chains specified') },
    ]);
    await put({ n: 3, fixedPort, routeTo: 'discovered', hasBadListener: true });
    await log.until('the routes acknowledged', acked([ROUTE_TYPE], 3));
    expect(await call()).toBe('discovered');
    expect(log.ofKind('sent').filter(({ snapshotVersion }) => snapshotVersion === '1.3.1')).toMatchObject([{ typeUrl: ROUTE_TYPE }]);
    const client = new AdsClient(`127.0.0.1:${xdsPort}`);
    const other = client.sotw();
    other.ask({ typeUrl: CLUSTER_TYPE, node: PROXY });
    const clusters = await other.next();
    other.ask({ typeUrl: CLUSTER_TYPE, nonce: clusters.nonce, version: clusters.version });
    other.ask({ typeUrl: LISTENER_TYPE });
    expect(await other.next()).toMatchObject({ typeUrl: LISTENER_TYPE, resourceCount: 2 });
    client.close();
    await put({ n: 4, fixedPort, routeTo: 'discovered' });
    await log.until('the good listener acknowledged', acked([LISTENER_TYPE], 4));
  });

  it('loses no request when a route moves to another cluster and the one it left is deleted in the same version', async () => {
    await using running = await startEnvoyOnRelay(protocol);
    const { envoy, log, put, fixedPort } = running;
    const load = startLoad(`http://${await envoy.listenerAddress('in')}/`);
    for (let n = 2; n < 2 + MOVES; n += 1) {
      const [to, from] = n % 2 === 0 ? (['discovered', 'fixed'] as const) : (['fixed', 'discovered'] as const);
      const made: HandMade = to === 'fixed' ? { n, fixedPort, isDiscovered: false, routeTo: to } : { n, routeTo: to };
      await put(made);
      await log.until('the routes acknowledged', acked([ROUTE_TYPE], n));
      await poll({ what: 'clusters', ask: () => envoy.admin('/clusters'), wanted: (clusters) => !clusters.includes(`${from}::`) });
    }
    const { answers, failures } = await load.end();
    expect(failures).toEqual([]);
    expect(answers.fixed).toBeGreaterThan(0);
    expect(answers.discovered).toBeGreaterThan(0);
  });
});
