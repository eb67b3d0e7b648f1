import { CLUSTER_TYPE, ENDPOINT_TYPE } from '@meshwright/envoy-api';
import { describe, expect, inject, it } from 'vitest';
import { poll } from '../process/poll.ts';
import { acked, type EnvoyOnRelay, startApp, startEnvoyOnRelay } from './envoyOnRelay.ts';
import { startLoad } from './load.ts';

/** Edits of a health check under load, and requests after each. */
const EDITS = 4 * inject('effort');
const WINDOW = 300;
/** Requests by which it is judged who is still sent any. */
const CALLS = 40;

describe.each(['sotw', 'delta'] as const)('a real Envoy whose endpoints are asked whether they are well, %s,', (protocol) => {
  const well = ({ envoy }: EnvoyOnRelay, count: number) =>
    poll({
      what: 'endpoints that are well',
      ask: () => envoy.stat('cluster.discovered.membership_healthy'),
      wanted: (found) => found === count,
    });
  const callers = async ({ call }: EnvoyOnRelay) => new Set(await Promise.all(Array.from({ length: CALLS }, call)));

  it('sends nothing more to one that was removed, though it still answers', async () => {
    await using opened = new AsyncDisposableStack();
    const secondPort = await startApp('second', opened);
    await using running = await startEnvoyOnRelay(protocol);
    const { envoy, log, put, discover, discoveredPort, fixedPort } = running;
    discover(discoveredPort, secondPort);
    await put({ n: 2, fixedPort, healthPath: '/well', routeTo: 'discovered' });
    await log.until('the cluster acknowledged', acked([CLUSTER_TYPE], 2));
    await well(running, 2);
    await poll({ what: 'who answers', ask: () => callers(running), wanted: (apps) => apps.size === 2 });
    const acknowledged = () => log.ofKind('acked').filter(({ typeUrl }) => typeUrl === ENDPOINT_TYPE).length;
    const before = acknowledged();
    discover(discoveredPort);
    await log.until('the endpoints acknowledged', () => acknowledged() > before);
    expect(await callers(running)).toEqual(new Set(['discovered']));
    expect(await envoy.stat('cluster.discovered.membership_total')).toBe(1);
  });

  it('loses no request while its health check is edited', async () => {
    await using running = await startEnvoyOnRelay(protocol);
    const { envoy, log, put, fixedPort } = running;
    await put({ n: 2, fixedPort, healthPath: '/well', routeTo: 'discovered' });
    await log.until('the cluster acknowledged', acked([CLUSTER_TYPE, ENDPOINT_TYPE], 2));
    await poll({ what: 'who answers', ask: running.call, wanted: (app) => app === 'discovered' });
    const load = startLoad(`http://${await envoy.listenerAddress('in')}/`);
    const afterMore = (requests: number) => {
      const wanted = load.answered() + requests;
      return poll({ what: 'answers', ask: async () => load.answered(), wanted: (count) => count >= wanted });
    };
    for (let n = 3; n < 3 + EDITS; n += 1) {
      await put({ n, fixedPort, healthPath: `/well/${n}`, routeTo: 'discovered' });
      await log.until('the edited cluster acknowledged', acked([CLUSTER_TYPE, ENDPOINT_TYPE], n));
      await afterMore(WINDOW);
      expect(await envoy.admin('/config_dump?resource=dynamic_active_clusters')).toContain(`"/well/${n}"`);
    }
    const { answers, failures } = await load.end();
    expect(failures).toEqual([]);
    expect(Object.keys(answers)).toEqual(['discovered']);
  });
});
