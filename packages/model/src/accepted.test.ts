import { expect, it } from 'vitest';
import { applyChanges } from './applyChanges.ts';
import type { RequestedChange } from './change.ts';
import type { Resource, Specs } from './resource.ts';
import { parseSpec } from './spec.ts';
import { APPS, meshResource, refTo, resource } from './testing/sampleResources.ts';
import { MeshIndex } from './view.ts';

// What may be wanted, or passes on the way to something else, is taken as it is sent: the compiler makes the best of it and says so.

const identity = { account: APPS.owner, region: 'us-east-1', partition: 'aws' };
const ref = { node: refTo('virtualNode', 'a'), router: refTo('virtualRouter', 'r'), route: refTo('route', 'x', 'r') };

function apply(existing: readonly Resource[], ...requested: RequestedChange[]): readonly unknown[] {
  const view = new MeshIndex();
  for (const each of existing) view.put(each);
  return applyChanges(view, requested, { mesh: APPS, identity, now: 1, newUid: () => 'u' }).answers.map(({ spec }) => spec);
}

const mesh = meshResource();
const listeners = (port: number, protocol: string): unknown => [{ portMapping: { port, protocol } }];
const nodeSpec = (port: number, protocol = 'http'): Specs['virtualNode'] =>
  parseSpec('virtualNode', { listeners: listeners(port, protocol), serviceDiscovery: { dns: { hostname: 'a.local' } } });
const routerSpec = (port: number, protocol = 'http'): Specs['virtualRouter'] =>
  parseSpec('virtualRouter', { listeners: listeners(port, protocol) });
const routeSpec = (match: object, ...weights: number[]): Specs['route'] =>
  parseSpec('route', { httpRoute: { match, action: { weightedTargets: weights.map((weight) => ({ virtualNode: 'a', weight })) } } });
const whole = [
  mesh,
  resource(ref.node, nodeSpec(8080)),
  resource(ref.router, routerSpec(80)),
  resource(ref.route, routeSpec({ prefix: '/' }, 1)),
];

it('takes ports of routers, nodes and targets that differ', () => {
  const spec = parseSpec('route', {
    httpRoute: { match: { prefix: '/', port: 80 }, action: { weightedTargets: [{ virtualNode: 'a', weight: 1, port: 8080 }] } },
  });
  expect(apply(whole, { action: 'update', ref: ref.route, spec })).toEqual([spec]);
});

it('takes updates of nodes and routers that leave routes without a match: http becomes http2 step by step', () => {
  const router = routerSpec(80, 'http2');
  const node = nodeSpec(9090, 'http2');
  expect(apply(whole, { action: 'update', ref: ref.router, spec: router })).toEqual([router]);
  expect(apply(whole, { action: 'update', ref: ref.node, spec: node })).toEqual([node]);
  expect(apply(whole, { action: 'update', ref: ref.router, spec: {} })).toEqual([{}]);
});

it('takes routes to nodes of another protocol than their router', () => {
  const existing = [mesh, resource(ref.node, nodeSpec(8080, 'grpc')), resource(ref.router, routerSpec(80))];
  const spec = routeSpec({ prefix: '/' }, 1);
  expect(apply(existing, { action: 'create', ref: ref.route, spec })).toEqual([spec]);
});

it('takes weights that are all zero', () => {
  const spec = routeSpec({ prefix: '/' }, 0, 0);
  expect(apply(whole, { action: 'update', ref: ref.route, spec })).toEqual([spec]);
});

it('takes a route with prefix and path, as sent', () => {
  const spec = routeSpec({ prefix: '/', path: { exact: '/a' } }, 1);
  expect(apply(whole, { action: 'update', ref: ref.route, spec })).toEqual([spec]);
});

it('takes names that come to the same in Envoy', () => {
  // A virtual host is named after its virtual service, and that for unknown hosts is `mesh_allow_all`; a cluster's name joins mesh,
  // node, protocol and port with `_`, which names may hold.
  const services = ['mesh_allow_all', 'default_backend'].map((name) => ({
    action: 'create' as const,
    ref: refTo('virtualService', name),
    spec: {},
  }));
  const nodes = ['a_b', 'a_b_http'].map((name) => ({ action: 'create' as const, ref: refTo('virtualNode', name), spec: nodeSpec(8080) }));
  expect(apply([mesh], ...services, ...nodes)).toHaveLength(4);
});

it('takes the same backend twice, as sent', () => {
  const backend = { virtualService: { virtualServiceName: 's.local' } };
  const spec = parseSpec('virtualNode', { backends: [backend, backend] });
  expect(apply(whole, { action: 'update', ref: ref.node, spec })).toEqual([spec]);
});

it('takes retry events that mean nothing to Envoy', () => {
  const spec = parseSpec('route', {
    httpRoute: {
      match: { prefix: '/' },
      action: { weightedTargets: [{ virtualNode: 'a', weight: 1 }] },
      retryPolicy: { maxRetries: 1, perRetryTimeout: {}, httpRetryEvents: ['server-error', 'no such event'] },
    },
  });
  expect(apply(whole, { action: 'update', ref: ref.route, spec })).toEqual([spec]);
});
