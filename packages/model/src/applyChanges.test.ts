import { describe, expect, it } from 'vitest';
import { type AppliedChanges, applyChanges } from './applyChanges.ts';
import type { RequestedChange, SpecChange } from './change.ts';
import type { Ref, Resource, Specs } from './resource.ts';
import { APPS, meshResource, nodeResource, refTo, resource } from './testing/sampleResources.ts';
import { MeshIndex } from './view.ts';

const identity = { account: APPS.owner, region: 'us-east-1', partition: 'aws' };

function apply(existing: readonly Resource[], ...requested: RequestedChange[]): AppliedChanges {
  const view = new MeshIndex();
  for (const each of existing) view.put(each);
  let made = 0;
  return applyChanges(view, requested, { mesh: APPS, identity, now: 5_000, newUid: () => `new-${++made}` });
}

function refused(code: string, message: string | RegExp, existing: readonly Resource[], ...requested: RequestedChange[]): void {
  const text = typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message);
  expect(() => apply(existing, ...requested)).toThrow(expect.objectContaining({ name: 'MeshError', code, message: text }));
}

const create = <K extends Resource['ref']['kind']>(ref: Ref<K>, spec: Specs[K]): SpecChange => ({ action: 'create', ref, spec });
const update = <K extends Resource['ref']['kind']>(ref: Ref<K>, spec: Specs[K]): RequestedChange => ({ action: 'update', ref, spec });
const remove = (ref: Ref): RequestedChange => ({ action: 'delete', ref });

const mesh = meshResource();
const ref = {
  node: refTo('virtualNode', 'a'),
  router: refTo('virtualRouter', 'r'),
  route: refTo('route', 'x', 'r'),
  service: refTo('virtualService', 's.local'),
};

type Protocol = 'http' | 'http2' | 'grpc' | 'tcp';
const listeners = (...ports: (readonly [number, Protocol])[]) => ports.map(([port, protocol]) => ({ portMapping: { port, protocol } }));
const router = (...ports: (readonly [number, Protocol])[]): Resource<'virtualRouter'> =>
  resource(ref.router, { listeners: listeners(...ports) });
const node = (...ports: (readonly [number, Protocol])[]): Resource<'virtualNode'> => {
  return resource(ref.node, { listeners: listeners(...ports), serviceDiscovery: { dns: { hostname: 'a.local' } } });
};
const httpRoute = (more: { virtualNode?: string; target?: number; port?: number } = {}): Specs['route'] => {
  const { virtualNode = 'a', target, port } = more;
  const weightedTargets = [{ virtualNode, weight: 1, ...(target !== undefined && { port: target }) }];
  return { httpRoute: { action: { weightedTargets }, match: { prefix: '/', ...(port !== undefined && { port }) } } };
};
const whole = [mesh, node([8080, 'http']), router([8080, 'http'])];

describe('metadata', () => {
  it('begins at version 1 with a uid and both times', () => {
    const tags = [{ key: 'k', value: 'v' }];
    const { changes, answers } = apply([mesh], { ...create(ref.node, {}), tags });
    const metadata = {
      arn: 'arn:aws:appmesh:us-east-1:123456789012:mesh/apps/virtualNode/a',
      uid: 'new-1',
      version: 1,
      createdAt: 5_000,
      lastUpdatedAt: 5_000,
      meshOwner: APPS.owner,
      resourceOwner: APPS.owner,
    };
    expect(answers).toEqual([{ ref: ref.node, spec: {}, metadata, tags }]);
    expect(changes).toEqual([{ ref: ref.node, after: answers[0] }]);
  });

  it('rises by one version with an update, keeping uid, creation time and tags', () => {
    const before = { ...nodeResource('a', 3), tags: [{ key: 'k', value: 'v' }] };
    const { changes, answers } = apply([mesh, before], update(ref.node, {}));
    expect(answers).toEqual([{ ...before, spec: {}, metadata: { ...before.metadata, version: 4, lastUpdatedAt: 5_000 } }]);
    expect(changes).toEqual([{ ref: ref.node, before, after: answers[0] }]);
  });

  it('stays as it was in the answer of a deletion', () => {
    const before = nodeResource('a', 3);
    expect(apply([mesh, before], remove(ref.node))).toEqual({ changes: [{ ref: ref.node, before }], answers: [before] });
  });

  it('keeps the spec of an update that sends none', () => {
    const { answers } = apply([mesh, nodeResource('a')], { action: 'update', ref: ref.node });
    expect(answers[0]?.spec).toEqual(nodeResource('a').spec);
  });
});

describe('tags', () => {
  const tagged = { ...nodeResource('a', 3), tags: [{ key: 'k', value: 'v' }] };
  const more = { key: 'l', value: 'w' };

  it('come and go without a new version or time of update', () => {
    const added = apply([mesh, tagged], { action: 'tag', ref: ref.node, tags: [more] });
    expect(added.changes).toEqual([{ ref: ref.node, before: tagged, after: { ...tagged, tags: [...tagged.tags, more] } }]);
    expect(added.answers).toEqual([{ ...tagged, tags: [...tagged.tags, more] }]);
    const removed = apply([mesh, tagged], { action: 'untag', ref: ref.node, tagKeys: ['k', 'none'] });
    expect(removed.answers).toEqual([{ ...tagged, tags: [] }]);
    expect(apply([mesh, tagged], { action: 'tag', ref: ref.node, tags: [] }).changes).toHaveLength(1);
  });

  it('are of something that exists, and at most 50', () => {
    refused('NotFound', 'VirtualNode with name a is not present', [mesh], { action: 'tag', ref: ref.node, tags: [more] });
    refused('NotFound', 'Mesh with name apps is not present', [], { action: 'untag', ref: mesh.ref, tagKeys: [] });
    const tags = Array.from({ length: 50 }, (_, index) => ({ key: `${index}`, value: '' }));
    refused('TooManyTags', 'would have 51', [mesh, tagged], { action: 'tag', ref: ref.node, tags });
  });

  it('may be changed on what would be refused by now', () => {
    const route = resource(ref.route, httpRoute({ target: 8080, port: 8080 }));
    const parted = [mesh, node([9090, 'grpc']), router([9090, 'grpc']), route];
    expect(apply(parted, { action: 'tag', ref: ref.route, tags: [more] }).answers).toHaveLength(1);
  });
});

describe('what is there and what is not', () => {
  it('refuses to create what exists', () => {
    refused('Conflict', 'Mesh with name apps already exists for account 123456789012', [mesh], create(mesh.ref, {}));
    refused(
      'Conflict',
      'VirtualNode with name a already exists under mesh apps for account 123456789012',
      [mesh, nodeResource('a')],
      create(ref.node, {}),
    );
  });

  it.each(['update', 'delete'] as const)('cannot %s what is not there', (action) => {
    refused('NotFound', 'VirtualNode with name a is not present under mesh apps for account 123456789012', [mesh], {
      action,
      ref: ref.node,
    });
    refused('NotFound', 'Mesh with name apps is not present for account 123456789012', [], { action, ref: ref.node });
    refused('NotFound', 'VirtualRouter with name r is not present under mesh apps', [mesh], { action, ref: ref.route });
    refused('NotFound', 'Route with name x is not present under VirtualRouter r under mesh apps', [mesh, router()], {
      action,
      ref: ref.route,
    });
  });

  it('creates nothing in a mesh or under a router that is not there', () => {
    refused('NotFound', 'Mesh with name apps is not present', [], create(ref.node, {}));
    refused('NotFound', 'VirtualRouter with name r is not present', [mesh, node()], create(ref.route, httpRoute()));
  });

  it('judges by the state that would result', () => {
    const all = [
      create(ref.route, httpRoute()),
      create(ref.router, router([8080, 'http']).spec),
      create(ref.node, node([8080, 'http']).spec),
      create(mesh.ref, {}),
    ];
    expect(apply([], ...all).answers.map(({ ref: { kind } }) => kind)).toEqual(['route', 'virtualRouter', 'virtualNode', 'mesh']);
    expect(apply(whole, remove(ref.node), remove(ref.router), remove(mesh.ref)).changes).toHaveLength(3);
    refused('BadRequest', 'VirtualNode with name a occurs twice', [mesh], create(ref.node, {}), remove(ref.node));
  });
});

describe('references', () => {
  const missing = 'VirtualNode with name b is missing: spec.httpRoute.action.weightedTargets[0].virtualNode names it';

  it('must exist: targets of routes, providers of services', () => {
    refused('NotFound', missing, whole, create(ref.route, httpRoute({ virtualNode: 'b' })));
    refused('NotFound', missing, [...whole, resource(ref.route, httpRoute())], update(ref.route, httpRoute({ virtualNode: 'b' })));
    const byNode = { provider: { virtualNode: { virtualNodeName: 'b' } } };
    const byRouter = { provider: { virtualRouter: { virtualRouterName: 'b' } } };
    refused(
      'NotFound',
      'VirtualNode with name b is missing: spec.provider.virtualNode.virtualNodeName',
      [mesh],
      create(ref.service, byNode),
    );
    refused(
      'NotFound',
      'VirtualRouter with name b is missing: spec.provider.virtualRouter.virtualRouterName',
      [mesh],
      create(ref.service, byRouter),
    );
  });

  it('may come later: backends of nodes', () => {
    const spec = { backends: [{ virtualService: { virtualServiceName: 'later.local' } }] };
    expect(apply([mesh], create(ref.node, spec)).answers[0]?.spec).toEqual(spec);
  });

  it('keep what they name from being deleted', () => {
    const route = resource(ref.route, httpRoute());
    const byNode = resource(ref.service, { provider: { virtualNode: { virtualNodeName: 'a' } } });
    const byRouter = resource(ref.service, { provider: { virtualRouter: { virtualRouterName: 'r' } } });
    refused(
      'ResourceInUse',
      'VirtualNode with name a cannot be deleted because it is a target of Route x of VirtualRouter r',
      [...whole, route],
      remove(ref.node),
    );
    refused(
      'ResourceInUse',
      'VirtualNode with name a cannot be deleted because it is a VirtualService provider',
      [...whole, byNode],
      remove(ref.node),
    );
    refused(
      'ResourceInUse',
      'VirtualRouter with name r cannot be deleted because it is a VirtualService provider',
      [...whole, byRouter],
      remove(ref.router),
    );
    refused('ResourceInUse', 'VirtualRouter with name r cannot be deleted because it has Route x', [...whole, route], remove(ref.router));
    expect(apply([...whole, route], remove(ref.route)).changes).toHaveLength(1);
    const backend = resource(refTo('virtualNode', 'b'), { backends: [{ virtualService: { virtualServiceName: 's.local' } }] });
    expect(apply([...whole, byNode, backend], remove(ref.service)).changes).toHaveLength(1);
  });

  it.each([
    ['VirtualNodes', nodeResource('a')],
    ['VirtualRouters', router()],
    ['VirtualServices', resource(ref.service, {})],
  ])('keep a mesh with %s from being deleted', (children, child) => {
    const message = `Mesh apps for account 123456789012 has active ${children}, please delete ${children} before deleting the Mesh`;
    refused('ResourceInUse', message, [mesh, child], remove(mesh.ref));
    expect(apply([mesh, child], remove(mesh.ref), remove(child.ref)).changes).toHaveLength(2);
  });
});

describe('routes and listeners', () => {
  const wide = router([8080, 'http'], [9090, 'http2']);

  it("must be of the protocol of the router's listener they select", () => {
    const tcp: Specs['route'] = { tcpRoute: { action: { weightedTargets: [{ virtualNode: 'a', weight: 1 }] } } };
    refused(
      'BadRequest',
      "spec.tcpRoute is for protocol tcp but the virtual router's listener on port 8080 has protocol http",
      whole,
      create(ref.route, tcp),
    );
    refused('BadRequest', 'listener on port 9090 has protocol http2', [mesh, node(), wide], create(ref.route, httpRoute({ port: 9090 })));
    expect(apply([mesh, node(), wide], create(ref.route, httpRoute({ port: 8080 }))).answers).toHaveLength(1);
    expect(apply([mesh, node(), router()], create(ref.route, tcp)).answers).toHaveLength(1);
  });

  it('must say which of several listeners they are for', () => {
    refused(
      'BadRequest',
      'Route must define a port match criteria if the Virtual Router has multiple listeners',
      [mesh, node(), wide],
      create(ref.route, httpRoute()),
    );
    refused('BadRequest', 'match.port is 1 but must be the port of a listener', whole, create(ref.route, httpRoute({ port: 1 })));
    const route = resource(ref.route, httpRoute());
    refused(
      'BadRequest',
      'All Routes for this Virtual Router must define a port match criteria',
      [...whole, route],
      update(ref.router, wide.spec),
    );
    const both = apply([...whole, route], update(ref.router, wide.spec), update(ref.route, httpRoute({ port: 8080 })));
    expect(both.changes).toHaveLength(2);
  });

  it('must name a port their target has, and name one where it has several', () => {
    refused(
      'BadRequest',
      'weightedTargets[0].port is 1 but must be the port of a listener of VirtualNode a',
      whole,
      create(ref.route, httpRoute({ target: 1 })),
    );
    const several = [mesh, node([8080, 'http'], [9090, 'http']), router([8080, 'http'])];
    refused(
      'BadRequest',
      'weightedTargets[0].port is missing but VirtualNode a has multiple listeners',
      several,
      create(ref.route, httpRoute()),
    );
    expect(apply(several, create(ref.route, httpRoute({ target: 9090 }))).answers).toHaveLength(1);
  });

  it('may part from them later, when a router or a node changes its protocol or port', () => {
    const existing = [...whole, resource(ref.route, httpRoute({ target: 8080, port: 8080 }))];
    expect(apply(existing, update(ref.router, router([8080, 'http2']).spec)).answers).toHaveLength(1);
    expect(apply(existing, update(ref.node, node([9090, 'grpc']).spec)).answers).toHaveLength(1);
  });
});

describe('names of virtual services', () => {
  it.each([' ', 'a b', 'a*b', '*a*', '**', 'a\tb', 'a\u00a0b'])('refuses %j, which no host can be', (name) => {
    refused('BadRequest', 'virtualServiceName is ', [mesh], create(refTo('virtualService', name), {}));
  });

  it.each(['a.local', '*', '*.local', 'a/b', 'a:80'])('takes %j', (name) => {
    expect(apply([mesh], create(refTo('virtualService', name), {})).answers).toHaveLength(1);
  });

  it('must differ by more than upper and lower case', () => {
    const message = 'VirtualService with name s.local already exists, and hosts are compared without upper and lower case';
    refused('Conflict', message, [mesh, resource(ref.service, {})], create(refTo('virtualService', 'S.Local'), {}));
    refused('Conflict', /already exists/, [mesh], create(refTo('virtualService', 'A'), {}), create(refTo('virtualService', 'a'), {}));
  });
});

it('costs a write as much in a large mesh as in a small one', () => {
  const view = new MeshIndex();
  const reads = { listed: 0 };
  for (const each of [mesh, router([8080, 'http'])]) view.put(each);
  for (let index = 0; index < 2_000; index++) view.put(nodeResource(`n${index}`));
  const counted = new Proxy(view, {
    get(target, member) {
      if (member === 'list') reads.listed++;
      return Reflect.get(target, member).bind(target);
    },
  });
  applyChanges(counted, [create(ref.route, httpRoute({ virtualNode: 'n7' }))], { mesh: APPS, identity, now: 1, newUid: () => 'u' });
  expect(reads.listed).toBe(0);
});
