import { describe, expect, it } from 'vitest';
import { applyChanges } from '../applyChanges.ts';
import type { RequestedChange, SpecChange } from '../change.ts';
import type { Ref, Resource, Specs } from '../resource.ts';
import { APPS, meshResource, refTo, resource } from '../testing/sampleResources.ts';
import { MeshIndex } from '../view.ts';

const identity = { account: APPS.owner, region: 'us-east-1', partition: 'aws' };

function apply(existing: readonly Resource[], ...requested: RequestedChange[]): number {
  const view = new MeshIndex();
  for (const each of existing) view.put(each);
  return applyChanges(view, requested, { mesh: APPS, identity, now: 1, newUid: () => 'u' }).changes.length;
}

function refused(code: string, message: string, existing: readonly Resource[], ...requested: RequestedChange[]): void {
  expect(() => apply(existing, ...requested)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(message) }));
}

type Protocol = 'http' | 'http2' | 'grpc';
const listeners = (...ports: (readonly [number, Protocol])[]) => ports.map(([port, protocol]) => ({ portMapping: { port, protocol } }));

const mesh = meshResource();
const ref = { gateway: refTo('virtualGateway', 'g'), route: refTo('gatewayRoute', 'x', 'g'), service: refTo('virtualService', 's.local') };
const gateway = (...ports: (readonly [number, Protocol])[]): Resource<'virtualGateway'> =>
  resource(ref.gateway, { listeners: listeners(...ports) });
const service = (provider?: Specs['virtualService']['provider']): Resource<'virtualService'> =>
  resource(ref.service, provider ? { provider } : {});
const node = (...ports: (readonly [number, Protocol])[]): Resource<'virtualNode'> =>
  resource(refTo('virtualNode', 'n'), { listeners: listeners(...ports), serviceDiscovery: { dns: { hostname: 'n.local' } } });
const byNode = service({ virtualNode: { virtualNodeName: 'n' } });

function routeTo(name: string, { port, target }: { port?: number; target?: number } = {}): Specs['gatewayRoute'] {
  const to = { virtualService: { virtualServiceName: name }, ...(target !== undefined && { port: target }) };
  return { httpRoute: { match: { prefix: '/', ...(port !== undefined && { port }) }, action: { target: to } } };
}
const create = <K extends Resource['ref']['kind']>(of: Ref<K>, spec: Specs[K]): SpecChange => ({ action: 'create', ref: of, spec });
const update = <K extends Resource['ref']['kind']>(of: Ref<K>, spec: Specs[K]): SpecChange => ({ action: 'update', ref: of, spec });
const remove = (of: Ref): RequestedChange => ({ action: 'delete', ref: of });
const toService = create(ref.route, routeTo('s.local'));
const whole = [mesh, gateway([8080, 'http']), service()];

describe('a gateway route', () => {
  it('lies in a gateway and goes to a virtual service, both of which exist', () => {
    expect(apply(whole, toService)).toBe(1);
    refused('NotFound', 'VirtualGateway with name g is not present under mesh apps', [mesh, service()], toService);
    refused('NotFound', 'GatewayRoute with name x is not present under VirtualGateway g under mesh apps', whole, remove(ref.route));
    const message = 'VirtualService with name s.local is missing: spec.httpRoute.action.target.virtualService.virtualServiceName names it';
    refused('NotFound', message, [mesh, gateway()], toService);
    refused(
      'NotFound',
      'VirtualService with name later is missing',
      [...whole, resource(ref.route, routeTo('s.local'))],
      update(ref.route, routeTo('later')),
    );
  });

  it('keeps its gateway and its virtual service from being deleted', () => {
    const existing = [...whole, resource(ref.route, routeTo('s.local'))];
    refused(
      'ResourceInUse',
      'VirtualGateway with name g cannot be deleted because it has GatewayRoute x: delete its GatewayRoutes first',
      existing,
      remove(ref.gateway),
    );
    refused(
      'ResourceInUse',
      'VirtualService with name s.local cannot be deleted because it is a target of GatewayRoute x of VirtualGateway g',
      existing,
      remove(ref.service),
    );
    expect(apply(existing, remove(ref.route), remove(ref.gateway), remove(ref.service))).toBe(3);
    refused('ResourceInUse', 'has active VirtualGateways, please delete VirtualGateways before', [mesh, gateway()], remove(mesh.ref));
  });

  it('is of the protocol of the listener it selects', () => {
    refused(
      'BadRequest',
      "spec.httpRoute is for protocol http but the virtual gateway's listener on port 8080 has protocol http2",
      [mesh, gateway([8080, 'http2']), service()],
      toService,
    );
    expect(apply([mesh, gateway(), service()], toService)).toBe(1);
    expect(apply([...whole, resource(ref.route, routeTo('s.local'))], update(ref.gateway, gateway([8080, 'grpc']).spec))).toBe(1);
  });

  it('says which of several listeners it is for', () => {
    const wide = gateway([8080, 'http'], [9090, 'http']);
    refused(
      'BadRequest',
      'GatewayRoute must define a port match criteria if the Virtual Gateway has multiple listeners: set spec.httpRoute.match.port to one of 8080, 9090',
      [mesh, wide, service()],
      toService,
    );
    expect(apply([mesh, wide, service()], create(ref.route, routeTo('s.local', { port: 9090 })))).toBe(1);
    refused(
      'BadRequest',
      'spec.httpRoute.match.port is 1 but must be the port of a listener of the virtual gateway: use one of 8080',
      whole,
      create(ref.route, routeTo('s.local', { port: 1 })),
    );
    const existing = [...whole, resource(ref.route, routeTo('s.local'))];
    refused(
      'BadRequest',
      'All GatewayRoutes for this Virtual Gateway must define a port match criteria if it has multiple listeners: give GatewayRoute x',
      existing,
      update(ref.gateway, wide.spec),
    );
    expect(apply(existing, update(ref.gateway, wide.spec), update(ref.route, routeTo('s.local', { port: 8080 })))).toBe(2);
  });

  it('says which of several listeners of the provider it goes to', () => {
    const existing = [mesh, gateway(), byNode, node([80, 'http'], [81, 'http'])];
    refused(
      'BadRequest',
      'spec.httpRoute.action.target.port is missing but VirtualNode n has multiple listeners: set it to one of 80, 81',
      existing,
      toService,
    );
    refused(
      'BadRequest',
      'spec.httpRoute.action.target.port is 1 but must be the port of a listener of VirtualNode n: use one of 80, 81',
      existing,
      create(ref.route, routeTo('s.local', { target: 1 })),
    );
    expect(apply(existing, create(ref.route, routeTo('s.local', { target: 81 })))).toBe(1);
    const router = resource(refTo('virtualRouter', 'r'), { listeners: listeners([80, 'http'], [81, 'http']) });
    const byRouter = service({ virtualRouter: { virtualRouterName: 'r' } });
    refused('BadRequest', 'VirtualRouter r has multiple listeners', [mesh, gateway(), byRouter, router], toService);
  });

  it('may name a port before the provider, or its listeners, are there', () => {
    const withPort = create(ref.route, routeTo('s.local', { target: 80 }));
    expect(apply(whole, withPort)).toBe(1);
    expect(apply([mesh, gateway(), byNode, node()], withPort)).toBe(1);
  });
});
