import { describe, expect, it } from 'vitest';
import { applyChanges } from './applyChanges.ts';
import type { RequestedChange, SpecChange } from './change.ts';
import type { GatewayRouteSpec } from './gatewayRoute/gatewayRoute.ts';
import type { Resource } from './resource.ts';
import type { RouteSpec } from './route/route.ts';
import { APPS, meshResource, nodeResource, refTo, resource } from './testing/sampleResources.ts';
import { MeshIndex } from './view.ts';

const identity = { account: APPS.owner, region: 'us-east-1', partition: 'aws' };

function apply(existing: readonly Resource[], requested: RequestedChange): number {
  const view = new MeshIndex();
  for (const each of existing) view.put(each);
  return applyChanges(view, [requested], { mesh: APPS, identity, now: 1, newUid: () => 'u' }).changes.length;
}

function refused(code: string, message: string, existing: readonly Resource[], requested: RequestedChange): void {
  expect(() => apply(existing, requested)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
}

describe.each<[keyof RouteSpec, (...nodes: string[]) => RouteSpec]>([
  ['httpRoute', (...nodes) => ({ httpRoute: { match: { prefix: '/' }, action: to(nodes) } })],
  ['http2Route', (...nodes) => ({ http2Route: { match: { prefix: '/' }, action: to(nodes) } })],
  ['grpcRoute', (...nodes) => ({ grpcRoute: { match: { serviceName: 's' }, action: to(nodes) } })],
  ['tcpRoute', (...nodes) => ({ tcpRoute: { action: to(nodes) } })],
])('the targets of a route with %s', (kind, specOf) => {
  const ref = refTo('route', 'x', 'r');
  const whole = [meshResource(), resource(refTo('virtualRouter', 'r'), {}), nodeResource('a'), nodeResource('b')];
  const wanted = (action: SpecChange['action'], ...nodes: string[]): SpecChange => ({ action, ref, spec: specOf(...nodes) });

  it('must exist, each of them, on create and update', () => {
    const message = `VirtualNode with name c is missing: spec.${kind}.action.weightedTargets[1].virtualNode names it`;
    refused('NotFound', message, whole, wanted('create', 'a', 'c'));
    refused('NotFound', message, [...whole, resource(ref, specOf('a'))], wanted('update', 'a', 'c'));
    expect(apply(whole, wanted('create', 'a', 'b'))).toBe(1);
  });

  it('cannot be deleted, none of them, as long as the route names them', () => {
    const existing = [...whole, resource(ref, specOf('a', 'b'))];
    for (const name of ['a', 'b']) {
      const message = `VirtualNode with name ${name} cannot be deleted because it is a target of Route x of VirtualRouter r`;
      refused('ResourceInUse', message, existing, { action: 'delete', ref: refTo('virtualNode', name) });
    }
    expect(apply([...whole, resource(ref, specOf('b'))], { action: 'delete', ref: refTo('virtualNode', 'a') })).toBe(1);
  });
});

describe.each<[keyof GatewayRouteSpec, (service: string) => GatewayRouteSpec]>([
  ['httpRoute', (service) => ({ httpRoute: { match: { prefix: '/' }, action: { target: at(service) } } })],
  ['http2Route', (service) => ({ http2Route: { match: { prefix: '/' }, action: { target: at(service) } } })],
  ['grpcRoute', (service) => ({ grpcRoute: { match: { serviceName: 's' }, action: { target: at(service) } } })],
])('the target of a gateway route with %s', (kind, specOf) => {
  const ref = refTo('gatewayRoute', 'x', 'g');
  const service = refTo('virtualService', 'a');
  const whole = [meshResource(), resource(refTo('virtualGateway', 'g'), { listeners: [] }), resource(service, {})];

  it('must exist, on create and update', () => {
    const message = `VirtualService with name c is missing: spec.${kind}.action.target.virtualService.virtualServiceName names it`;
    refused('NotFound', message, whole, { action: 'create', ref, spec: specOf('c') });
    refused('NotFound', message, [...whole, resource(ref, specOf('a'))], { action: 'update', ref, spec: specOf('c') });
    expect(apply(whole, { action: 'create', ref, spec: specOf('a') })).toBe(1);
  });

  it('cannot be deleted as long as the gateway route names it', () => {
    const message = 'VirtualService with name a cannot be deleted because it is a target of GatewayRoute x of VirtualGateway g';
    refused('ResourceInUse', message, [...whole, resource(ref, specOf('a'))], { action: 'delete', ref: service });
    expect(apply(whole, { action: 'delete', ref: service })).toBe(1);
  });
});

function to(nodes: readonly string[]): { readonly weightedTargets: readonly { readonly virtualNode: string; readonly weight: number }[] } {
  return { weightedTargets: nodes.map((virtualNode) => ({ virtualNode, weight: 1 })) };
}

function at(virtualServiceName: string): { readonly virtualService: { readonly virtualServiceName: string } } {
  return { virtualService: { virtualServiceName } };
}
