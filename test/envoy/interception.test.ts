import { fileURLToPath } from 'node:url';
import { envoyBootstrap } from '@meshwright/local';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ControlPlane, startControlPlane } from '../netns/controlPlane.ts';
import type { Envoy } from '../netns/envoy.ts';
import { addressOf, type Namespace, type ProxyNamespace } from '../netns/network.ts';
import { createTopology, type Topology } from '../netns/topology.ts';
import { envoyBinary } from '../setup/parts.ts';
import { describeWith } from '../setup/requires.ts';

const { IPTABLES: iptables = 'iptables' } = process.env;
const OUTSIDER = fileURLToPath(new URL('outsider.ts', import.meta.url));

/** Addresses in the topology: servicea, the gateway beside it, the host outside the mesh. */
const SERVICEA = ['10.99.0.11', '[fd00::11]'];
const GATEWAY = ['10.99.0.22', '[fd00::22]'];
const OUTSIDE = { v4: '10.99.0.41', v6: '[fd00::41]' };
/** A port of the outsider at which no backend listens, and the one of `serviceb`. */
const FREE_PORT = 9000;
const BACKEND_PORT = 8080;
const GATEWAY_PORT = 9080;

/** Ports that a sidecar needs itself; here a virtual node claims them for its application. */
const RESERVED_PORTS = [15000, 15001];

/** Exit statuses of curl. */
const REFUSED = 7;
const TIMED_OUT = 28;

/** As containers have it; where settings of the kernel cannot be written, at least no address of it is left. */
const SWITCH_OFF_IPV6 =
  'for of in all lo eth0; do echo 1 > /proc/sys/net/ipv6/conf/$of/disable_ipv6; done || for of in lo eth0; do ip -6 addr flush dev $of; done';

type Filter = 'DROP_ALL' | 'ALLOW_ALL';

describeWith(['topology'], 'traffic as it reaches real Envoys and leaves them', () => {
  let topology: Topology;
  let controlPlane: ControlPlane;
  let sidecar: Envoy;
  let gateway: Envoy;
  /** The sidecar of `serviceb`, in a network without IPv6. */
  let withoutIpv6: Envoy;
  /** The sidecar of a node whose listeners are on ports it needs itself. */
  let reserved: Envoy;

  const put = async (path: string, body: object) => {
    const request = ['curl', '-sS', '--fail-with-body', '-X', 'PUT', '-d', JSON.stringify(body)];
    const { status, stdout } = await topology.run('hub', [...request, `${controlPlane.apiUrl}/v20190125/meshes${path}`]);
    if (status !== 0) throw new Error(`PUT ${path}: ${stdout}`);
  };
  const start = (namespace: ProxyNamespace, proxy: string, protocol: 'delta' | 'sotw'): Envoy => {
    const { xdsHost, xdsPort } = topology;
    return topology.startEnvoy(namespace, envoyBootstrap({ nodeId: `mesh/apps/${proxy}`, xdsHost, xdsPort, protocol, adminPort: 9901 }));
  };
  const curl = async (from: Namespace, url: string, ...options: readonly string[]) => {
    const { status, stdout } = await topology.run(from, ['curl', '-s', '--max-time', '5', '-D-', ...options, url]);
    const [, http, code] = /^HTTP\/(\S+) (\d+)/.exec(stdout) ?? [];
    return { status, http, code, app: /x-app: (\w+)/i.exec(stdout)?.[1] };
  };
  /** Sets the mesh's egress filter, and waits until the sidecars run it. */
  const filter = async (type: Filter) => {
    await put('/apps', { spec: { egressFilter: { type } } });
    for (const envoy of [sidecar, withoutIpv6, reserved]) {
      await envoy.await(
        () => envoy.admin('/config_dump?resource=dynamic_listeners'),
        (listeners) => listeners.includes('"default_filter_chain"') === (type === 'ALLOW_ALL'),
      );
    }
  };
  const stat = async (envoy: Envoy, name: string) => (await envoy.stats(`^${name}$`))[name] ?? 0;
  /** Connections a listener was opened, with or without a filter chain for them. */
  const connections = async (envoy: Envoy, listener: string) => {
    const names = ['downstream_cx_total', 'no_filter_chain_match'];
    const [taken = 0, closed = 0] = await Promise.all(names.map((name) => stat(envoy, `listener.${listener}.${name}`)));
    return taken + closed;
  };
  const inside = async (namespace: Namespace, command: readonly string[]) => {
    const { status, stderr } = await topology.run(namespace, command);
    if (status !== 0) throw new Error(`${command.join(' ')}: ${stderr}`);
  };

  beforeAll(async () => {
    const names = { 'reserved.apps.local': [addressOf('gw')] };
    topology = await createTopology({ envoyBinary: await envoyBinary(), iptables, names });
    controlPlane = await startControlPlane(topology);
    await createMesh(put);
    await topology.start('out', [process.execPath, OUTSIDER, `${FREE_PORT}`, `${BACKEND_PORT}`]).line(/^ready$/);
    await inside('b', ['sh', '-c', SWITCH_OFF_IPV6]);
    // As App Mesh's rules do for the ports of an application.
    const ports = ['-p', 'tcp', '-m', 'multiport', '--dports', RESERVED_PORTS.join(',')];
    await inside('gw', [iptables, '-w', '-t', 'nat', '-A', 'PREROUTING', ...ports, '-j', 'REDIRECT', '--to-port', '15000']);
    sidecar = start('a', 'virtualNode/servicea', 'delta');
    gateway = start('b2', 'virtualGateway/gateway', 'sotw');
    withoutIpv6 = start('b', 'virtualNode/serviceb', 'delta');
    reserved = start('gw', 'virtualNode/reserved', 'sotw');
    await Promise.all([sidecar, gateway, withoutIpv6, reserved].map((envoy) => envoy.ready()));
  });
  afterAll(async () => {
    await topology?.close();
  });

  describe.each<Filter>(['DROP_ALL', 'ALLOW_ALL'])('%s', (type) => {
    const open = type === 'ALLOW_ALL';
    beforeAll(() => filter(type));

    test('a peer that dials 15001 of a sidecar or a gateway is refused, and Envoy is unharmed', async () => {
      for (const address of [...SERVICEA, ...GATEWAY]) {
        for (let attempt = 0; attempt < 5; attempt += 1) {
          expect((await curl('out', `http://${address}:15001/`)).status, address).toBe(REFUSED);
        }
      }
      expect((await curl('a', `http://serviceb.apps.local:${BACKEND_PORT}/`)).app).toBe('serviceb');
      expect((await curl('out', `http://${GATEWAY[0]}:${GATEWAY_PORT}/`)).app).toBe('serviceb');
      for (const envoy of [sidecar, gateway]) expect(await envoy.admin('/ready')).toBe('LIVE\n');
    });

    test('what goes out by IPv6 passes the sidecar, which routes it by Host and holds the rest to the egress filter', async () => {
      const before = await connections(sidecar, '127.0.0.1_15001');
      const host = `Host: serviceb.apps.local:${BACKEND_PORT}`;
      expect((await curl('a', `http://${OUTSIDE.v6}:${BACKEND_PORT}/`, '-H', host)).app).toBe('serviceb');
      expect((await curl('a', `http://${OUTSIDE.v6}:${FREE_PORT}/`)).app).toBe(open ? 'outsider' : undefined);
      expect(await connections(sidecar, '127.0.0.1_15001')).toBe(before + 2);
    });

    test('in a network without IPv6 a sidecar has all its listeners, and holds what goes out to the egress filter', async () => {
      const before = await connections(withoutIpv6, '127.0.0.1_15001');
      expect((await curl('b', `http://${OUTSIDE.v4}:${FREE_PORT}/`)).app).toBe(open ? 'outsider' : undefined);
      expect((await curl('b', `http://${OUTSIDE.v6}:${FREE_PORT}/`)).status).toBe(REFUSED);
      expect(await connections(withoutIpv6, '127.0.0.1_15001')).toBe(before + 1);
      expect(await stat(withoutIpv6, 'listener_manager.lds.update_rejected')).toBe(0);
      expect(withoutIpv6.program.output().stderr).not.toContain('cannot bind');
    });

    test('a peer that dials 15000 or 15001 of a node that has its listeners there is turned away, and its Envoy never dials itself', async () => {
      const before = await connections(reserved, '0.0.0.0_15000');
      for (const port of RESERVED_PORTS) {
        for (const from of ['out', 'a'] as const) {
          for (let attempt = 0; attempt < 5; attempt += 1) {
            const { status, app } = await curl(from, `http://reserved.apps.local:${port}/`);
            expect([status === TIMED_OUT, app], `${from}, ${port}`).toEqual([false, undefined]);
          }
        }
      }
      // Those of the peer outside, which has no Envoy of its own to stop it, and under ALLOW_ALL those that `a` lets through.
      expect((await connections(reserved, '0.0.0.0_15000')) - before).toBeGreaterThanOrEqual(10);
      expect((await connections(reserved, '0.0.0.0_15000')) - before).toBeLessThanOrEqual(20);
      expect(await connections(reserved, '127.0.0.1_15001')).toBe(0);
      expect(await reserved.admin('/ready')).toBe('LIVE\n');
    });

    test('HTTP/2 to a host that is none of the mesh’s passes, as HTTP/2, under ALLOW_ALL', async () => {
      const answer = await curl('a', `http://${OUTSIDE.v4}:${BACKEND_PORT}/`, '--http2-prior-knowledge');
      expect(answer).toMatchObject(open ? { http: '2', code: '200', app: 'outsider' } : { http: '2', code: '404', app: undefined });
      const plain = await curl('a', `http://${OUTSIDE.v4}:${FREE_PORT}/`);
      expect(plain.app).toBe(open ? 'outsider' : undefined);
    });
  });

  describe('a DNS server that says nothing', () => {
    // At the name server: a packet dropped where it is sent is an error there, and no silence.
    const silence = async (how: '-A' | '-D') => {
      const { status, stderr } = await topology.run('hub', [iptables, '-w', how, 'INPUT', '-p', 'udp', '--dport', '53', '-j', 'DROP']);
      if (status !== 0) throw new Error(stderr);
    };
    const targets = (envoy: Envoy) => envoy.admin('/config_dump?resource=dynamic_route_configs');
    let envoys: readonly Envoy[];

    beforeAll(async () => {
      await filter('ALLOW_ALL');
      await Promise.all([sidecar, gateway].map(({ program }) => program.end('SIGKILL')));
    });

    // With the resolver's defaults it is one to two minutes.
    test('does not keep a starting Envoy from its other clusters, listeners and routes', async () => {
      await silence('-A');
      envoys = [start('a', 'virtualNode/servicea', 'sotw'), start('b2', 'virtualNode/servicea', 'delta')];
      await Promise.all(envoys.map((envoy) => envoy.ready()));
      for (const from of ['a', 'b2'] as const) expect((await curl(from, `http://${OUTSIDE.v4}:${FREE_PORT}/`)).app).toBe('outsider');
      expect((await curl('out', `http://${SERVICEA[0]}:${BACKEND_PORT}/`)).app).toBe('servicea');
      await silence('-D');
      for (const envoy of envoys) {
        const answer = () => curl(envoy === envoys[0] ? 'a' : 'b2', `http://serviceb.apps.local:${BACKEND_PORT}/`);
        await envoy.await(answer, ({ app }) => app === 'serviceb');
      }
    });

    test('does not keep a changed route from a running Envoy', async () => {
      await silence('-A');
      await put('/apps/virtualNodes', node('late', []));
      await put('/apps/virtualRouter/router/routes/route', { spec: routeTo({ serviceb: 1, late: 1 }) });
      await put('/apps/virtualRouter/router/routes', { routeName: 'other', spec: routeTo({ serviceb: 1 }, '/other') });
      for (const envoy of envoys) {
        await envoy.await(
          () => targets(envoy),
          (dump) => dump.includes('router/other'),
        );
      }
      const host = `Host: serviceb.apps.local:${BACKEND_PORT}`;
      for (const from of ['a', 'b2'] as const) {
        expect((await curl(from, `http://${OUTSIDE.v4}:${BACKEND_PORT}/other`, '-H', host)).app).toBe('serviceb');
      }
    });
  });
});

/** `servicea` calls `serviceb.apps.local`, a router in front of `serviceb`; the gateway leads there, too. */
async function createMesh(put: (path: string, body: object) => Promise<void>): Promise<void> {
  await put('', { meshName: 'apps' });
  await put('/apps/virtualNodes', node('serviceb', []));
  await put('/apps/virtualRouters', { virtualRouterName: 'router', spec: { listeners: [listener(BACKEND_PORT)] } });
  await put('/apps/virtualRouter/router/routes', { routeName: 'route', spec: routeTo({ serviceb: 1 }) });
  const provider = { virtualRouter: { virtualRouterName: 'router' } };
  await put('/apps/virtualServices', { virtualServiceName: 'serviceb.apps.local', spec: { provider } });
  await put('/apps/virtualNodes', node('reserved', [], [...RESERVED_PORTS, BACKEND_PORT]));
  const reserved = { virtualNode: { virtualNodeName: 'reserved' } };
  await put('/apps/virtualServices', { virtualServiceName: 'reserved.apps.local', spec: { provider: reserved } });
  await put('/apps/virtualNodes', node('servicea', ['serviceb.apps.local', 'reserved.apps.local']));
  await put('/apps/virtualGateways', { virtualGatewayName: 'gateway', spec: { listeners: [listener(GATEWAY_PORT)] } });
  const target = { virtualService: { virtualServiceName: 'serviceb.apps.local' } };
  const spec = { httpRoute: { match: { prefix: '/' }, action: { target } } };
  await put('/apps/virtualGateway/gateway/gatewayRoutes', { gatewayRouteName: 'all', spec });
}

function node(virtualNodeName: string, backends: readonly string[], ports: readonly number[] = [BACKEND_PORT]): object {
  const spec = {
    listeners: ports.map(listener),
    serviceDiscovery: { dns: { hostname: `${virtualNodeName}.apps.local` } },
    backends: backends.map((virtualServiceName) => ({ virtualService: { virtualServiceName } })),
  };
  return { virtualNodeName, spec };
}

function listener(port: number): object {
  return { portMapping: { port, protocol: 'http' } };
}

function routeTo(weights: Readonly<Record<string, number>>, prefix = '/'): object {
  const weightedTargets = Object.entries(weights).map(([virtualNode, weight]) => ({ virtualNode, weight }));
  return { httpRoute: { match: { prefix }, action: { weightedTargets } } };
}
