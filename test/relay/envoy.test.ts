import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import { describe, expect, it } from 'vitest';
import { acked, startEnvoyOnRelay } from './envoyOnRelay.ts';
import { startEnvoy } from './envoyProcess.ts';
import { PROXY } from './handMadeMesh.ts';

it('leaves nothing of an Envoy that does not start, and says why', async () => {
  await expect(startEnvoy('/nonexistent/envoy', { nodeId: PROXY, xdsPort: 1, protocol: 'delta' })).rejects.toThrow('Envoy: it ended');
});

describe.each(['sotw', 'delta'] as const)('a real Envoy, %s', (protocol) => {
  it('boots, acknowledges all four types and takes an update', async () => {
    await using running = await startEnvoyOnRelay(protocol);
    const { envoy, log, put, call, fixedPort } = running;
    await envoy.ready();
    expect(await call()).toBe('fixed');
    await put({ n: 2, fixedPort, routeTo: 'discovered' });
    await log.until('the new routes acknowledged', acked([ROUTE_TYPE], 2));
    expect(await call()).toBe('discovered');
    expect(log.ofKind('rejected')).toEqual([]);
    // The update changed routes alone, so nothing else was sent for it.
    const sent = log.ofKind('sent').filter(({ snapshotVersion }) => snapshotVersion === '1.2.1');
    expect(sent.map(({ typeUrl }) => typeUrl)).toEqual([ROUTE_TYPE]);
  });

  it('warms an EDS cluster whose endpoints did not change with it', async () => {
    await using running = await startEnvoyOnRelay(protocol);
    const { envoy, log, put, call, fixedPort } = running;
    await put({ n: 2, fixedPort, timeout: '2s', routeTo: 'discovered' });
    await log.until('the changed cluster, its endpoints and the routes acknowledged', acked([CLUSTER_TYPE, ENDPOINT_TYPE, ROUTE_TYPE], 2));
    expect(await envoy.stat('cluster_manager.warming_clusters')).toBe(0);
    expect(await envoy.admin('/config_dump?resource=dynamic_active_clusters')).toContain('"connect_timeout": "2s"');
    expect(await call()).toBe('discovered');
  });

  it('drops a cluster only after the routes have left it', async () => {
    await using running = await startEnvoyOnRelay(protocol);
    const { envoy, log, put, call } = running;
    await put({ n: 2, routeTo: 'discovered' });
    await log.until('the routes and then the clusters acknowledged', acked([ROUTE_TYPE, CLUSTER_TYPE], 2));
    const order = log.ofKind('acked').filter(({ snapshotVersion }) => snapshotVersion === '1.2.1');
    expect(order.map(({ typeUrl }) => typeUrl)).toEqual([ROUTE_TYPE, CLUSTER_TYPE]);
    expect(await call()).toBe('discovered');
    expect(await envoy.admin('/clusters')).not.toContain('fixed::');
  });

  it('goes on through a restart of the relay without a change of configuration', async () => {
    await using running = await startEnvoyOnRelay(protocol);
    const { envoy, put, restartRelay, call, fixedPort } = running;
    const counters = ['cluster_manager.cluster_modified', 'cluster_manager.cluster_added', 'listener_manager.listener_modified'];
    const before = await Promise.all(counters.map((name) => envoy.stat(name)));
    const log = await restartRelay();
    await log.until('Envoy is back and current', acked([CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE], 1));
    const again = log.ofKind('sent').map(({ typeUrl }) => typeUrl);
    // Endpoints always, routes in delta: the proxy may be warming them. It holds the same already and changes nothing.
    expect(again).toEqual(protocol === 'sotw' ? [ENDPOINT_TYPE] : [ENDPOINT_TYPE, ROUTE_TYPE]);
    expect(await Promise.all(counters.map((name) => envoy.stat(name)))).toEqual(before);
    expect(await call()).toBe('fixed');
    await put({ n: 2, fixedPort, routeTo: 'discovered' });
    await log.until('a new change acknowledged', acked([ROUTE_TYPE], 2));
    expect(await call()).toBe('discovered');
  });
});
