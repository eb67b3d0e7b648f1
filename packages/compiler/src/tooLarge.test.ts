import { describe, expect, test } from 'vitest';
import { compile } from './compile.ts';
import { meshStateOf, type WrittenResource } from './testing/index.ts';
import { checkSize, PartCount, TooLarge } from './tooLarge.ts';

const TYPE = 'type.googleapis.com/envoy.config.cluster.v3.Cluster';

test('a type may be as large as the bound, and no larger', () => {
  const bound = 2 * 1024 * 1024;
  expect(() => checkSize(TYPE, bound, bound)).not.toThrow();
  expect(() => checkSize(TYPE, bound + 1, bound)).toThrow(TooLarge);
  expect(() => checkSize(TYPE, 2 * bound, bound)).toThrow(/at least 4\.0 MiB of Cluster resources.*2\.0 MiB/);
});

test('a proxy may have as many parts as the bound, and no more', () => {
  const parts = new PartCount(10);
  parts.add(4);
  expect(() => parts.add(6)).not.toThrow();
  expect(() => parts.add(1)).toThrow(/at least 11 routes, virtual hosts and ports.* more than 10/);
});

describe('what multiplies within the quotas is found too large by counting', () => {
  const MESH: WrittenResource = { kind: 'mesh', name: 'apps' };
  const listeners = (ports: readonly number[]) => ports.map((port) => ({ portMapping: { port, protocol: 'http' } }));
  const numbers = (length: number) => Array.from({ length }, (_, number) => number);

  /** As many services with as many routes each, and a gateway that keeps the host for all of them. */
  function gatewayMesh(services: number, routes: number, gatewayListeners: number): readonly WrittenResource[] {
    const action = { weightedTargets: [{ virtualNode: 'n', weight: 1 }] };
    const service = (number: number): readonly WrittenResource[] => [
      { kind: 'virtualRouter', name: `r${number}`, spec: { listeners: listeners([80]) } },
      { kind: 'virtualService', name: `s${number}`, spec: { provider: { virtualRouter: { virtualRouterName: `r${number}` } } } },
      ...numbers(routes).map((path): WrittenResource => {
        return { kind: 'route', parent: `r${number}`, name: `p${path}`, spec: { httpRoute: { match: { prefix: `/${path}` }, action } } };
      }),
      {
        kind: 'gatewayRoute',
        parent: 'gateway',
        name: `s${number}`,
        spec: {
          httpRoute: {
            match: { prefix: `/${number}` },
            action: {
              target: { virtualService: { virtualServiceName: `s${number}` } },
              rewrite: { hostname: { defaultTargetHostname: 'DISABLED' } },
            },
          },
        },
      },
    ];
    return [
      MESH,
      { kind: 'virtualNode', name: 'n', spec: { listeners: listeners([80]), serviceDiscovery: { dns: { hostname: 'n.local' } } } },
      ...numbers(services).flatMap(service),
      {
        kind: 'virtualGateway',
        name: 'gateway',
        spec: { listeners: listeners(numbers(gatewayListeners).map((number) => 1000 + number)) },
      },
    ];
  }

  test('the routes of a gateway’s services times its virtual hosts', () => {
    const { work, snapshot, diagnostics } = compile(meshStateOf(gatewayMesh(60, 60, 50)));
    expect(work.failedProxies).toEqual(['virtualGateway/gateway']);
    expect([...snapshot.proxies.keys()]).toEqual(['virtualNode/n']);
    // Nothing of the gateway was encoded: its neighbour alone has these.
    expect(work.counts.get('encoding')).toBe(snapshot.resources.size);
    expect(diagnostics).toMatchObject([
      { code: 'not-compiled', ref: { kind: 'virtualGateway', name: 'gateway' }, message: expect.stringContaining('is not served') },
    ]);
  });

  test('the hosts of a gateway times its routes and listeners', () => {
    const route = (number: number): WrittenResource => ({
      kind: 'gatewayRoute',
      parent: 'gateway',
      name: `g${number}`,
      spec: {
        httpRoute: {
          match: { prefix: `/${number}`, ...(number % 2 === 0 && { hostname: { exact: `h${number}.example` } }) },
          action: { target: { virtualService: { virtualServiceName: 's0' } } },
        },
      },
    });
    const { work } = compile(meshStateOf([...gatewayMesh(1, 1, 50), ...numbers(200).map(route)]));
    expect(work.failedProxies).toEqual(['virtualGateway/gateway']);
  });

  test('the ports of a node’s backends', () => {
    const ports = (number: number) => numbers(50).map((port) => 1024 + number * 50 + port);
    const services = numbers(450).flatMap((number): readonly WrittenResource[] => [
      { kind: 'virtualRouter', name: `r${number}`, spec: { listeners: listeners(ports(number)) } },
      { kind: 'virtualService', name: `s${number}`, spec: { provider: { virtualRouter: { virtualRouterName: `r${number}` } } } },
    ]);
    const without = numbers(10).map((number): WrittenResource => ({ kind: 'virtualService', name: `portless${number}` }));
    const backends = [...services, ...without]
      .filter(({ kind }) => kind === 'virtualService')
      .map(({ name }) => ({ virtualService: { virtualServiceName: name } }));
    const { work } = compile(meshStateOf([MESH, ...services, ...without, { kind: 'virtualNode', name: 'client', spec: { backends } }]));
    expect(work.failedProxies).toEqual(['virtualNode/client']);
    expect(work.counts.get('encoding')).toBeUndefined();
  });
});
