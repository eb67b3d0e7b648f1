import { describe, expect, it } from 'vitest';
import { applyChanges } from './applyChanges.ts';
import type { SpecChange } from './change.ts';
import { checkMeshQuota, type Quotas, quotaProfiles } from './quotas.ts';
import type { Kind, Ref, Resource, Specs } from './resource.ts';
import { APPS, meshResource, nodeResource, refTo, resource } from './testing/sampleResources.ts';
import { MeshIndex } from './view.ts';

const identity = { account: APPS.owner, region: 'us-east-1', partition: 'aws' };
const mesh = meshResource();
const gateway = resource(refTo('virtualGateway', 'g'), { listeners: [] });
const router = resource(refTo('virtualRouter', 'r'), {});
const node = nodeResource('n');
const service = resource(refTo('virtualService', 's.local'), {});
const whole: readonly Resource[] = [mesh, gateway, router, node, service];

const tcp: Specs['route'] = { tcpRoute: { action: { weightedTargets: [{ virtualNode: 'n', weight: 1 }] } } };
const toService: Specs['gatewayRoute'] = {
  grpcRoute: { match: {}, action: { target: { virtualService: { virtualServiceName: 's.local' } } } },
};

/** Specs of any kind that are in order beside `whole`. */
const specs: { readonly [K in Exclude<Kind, 'mesh'>]: Specs[K] } = {
  virtualNode: {},
  virtualRouter: {},
  virtualService: {},
  virtualGateway: { listeners: [] },
  route: tcp,
  gatewayRoute: toService,
};

function apply(existing: Iterable<Resource>, quotas: Quotas | undefined, ...changes: SpecChange[]): number {
  const view = new MeshIndex();
  for (const each of existing) view.put(each);
  return applyChanges(view, changes, { mesh: APPS, identity, now: 1, newUid: () => 'u', ...(quotas && { quotas }) }).changes.length;
}

const counted: readonly (readonly [keyof Quotas, Exclude<Kind, 'mesh'>, string | undefined])[] = [
  ['virtualNodesPerMesh', 'virtualNode', undefined],
  ['virtualRoutersPerMesh', 'virtualRouter', undefined],
  ['virtualServicesPerMesh', 'virtualService', undefined],
  ['virtualGatewaysPerMesh', 'virtualGateway', undefined],
  ['routesPerVirtualRouter', 'route', 'r'],
  ['gatewayRoutesPerVirtualGateway', 'gatewayRoute', 'g'],
];

describe.each(['generous', 'appMesh'] as const)('the profile %s', (profile) => {
  const quotas = quotaProfiles[profile];

  it.each(counted)('holds %s', (quota, kind, parent) => {
    const refOf = (index: number): Ref => refTo(kind, `x${index}`, parent);
    const existing = new Map(whole.map((each) => [each.ref, each]));
    const already = whole.filter(({ ref }) => ref.kind === kind).length;
    for (let index = already; index < quotas[quota] - 1; index++) {
      const ref = refOf(index);
      existing.set(ref, resource<Kind>(ref, specs[kind]));
    }
    const create = (index: number): SpecChange => ({ action: 'create', ref: refOf(index), spec: specs[kind] });
    const limit = quotas[quota];
    expect(apply(existing.values(), quotas, create(limit))).toBe(1);
    const message = expect.stringMatching(
      `with name x\\d+ would be number ${limit + 1}, but quota ${quota} is ${limit}: .*the setting ${quota}`,
    );
    const refused = expect.objectContaining({ code: 'LimitExceeded', message });
    expect(() => apply(existing.values(), quotas, create(limit), create(limit + 1))).toThrow(refused);
    // One may come in the place of one that goes in the same request.
    const [, gone] = [...existing.values()].filter(({ ref }) => ref.kind === kind);
    if (gone === undefined) throw new Error(`there are not two of ${kind}`);
    expect(apply(existing.values(), quotas, { action: 'delete', ref: gone.ref }, create(limit), create(limit + 1))).toBe(3);
  });

  it('holds meshesPerAccount', () => {
    const limit = quotas.meshesPerAccount;
    expect(() => checkMeshQuota(quotas, limit - 1, mesh.ref)).not.toThrow();
    const message = `Mesh with name apps would be number ${limit + 1}, but quota meshesPerAccount is ${limit}: remove others first, or raise the setting meshesPerAccount.`;
    expect(() => checkMeshQuota(quotas, limit, mesh.ref)).toThrow(expect.objectContaining({ code: 'LimitExceeded', message }));
  });

  it.each(['virtualNode', 'virtualRouter', 'virtualGateway'] as const)('holds listenersPerResource of a %s', (kind) => {
    const limit = quotas.listenersPerResource;
    const create = (count: number): SpecChange => ({ action: 'create', ref: refTo(kind, 'x'), spec: { listeners: listeners(count) } });
    expect(apply(whole, quotas, create(limit))).toBe(1);
    const message = `spec.listeners has ${limit + 1} items, but quota listenersPerResource is ${limit}: remove some, or raise the setting listenersPerResource.`;
    expect(() => apply(whole, quotas, create(limit + 1))).toThrow(expect.objectContaining({ code: 'LimitExceeded', message }));
  });

  it('holds backendsPerVirtualNode, duplicates counted', () => {
    const limit = quotas.backendsPerVirtualNode;
    const update = (count: number): SpecChange => ({ action: 'update', ref: node.ref, spec: { backends: backends(count) } });
    expect(apply(whole, quotas, update(limit))).toBe(1);
    const message = expect.stringContaining(`spec.backends has ${limit + 1} items, but quota backendsPerVirtualNode is ${limit}`);
    expect(() => apply(whole, quotas, update(limit + 1))).toThrow(expect.objectContaining({ code: 'LimitExceeded', message }));
  });
});

it('is generous unless told otherwise', () => {
  expect(apply(whole, undefined, { action: 'update', ref: node.ref, spec: { backends: backends(1_000) } })).toBe(1);
  expect(() => apply(whole, undefined, { action: 'update', ref: node.ref, spec: { backends: backends(1_001) } })).toThrow('1000');
});

it('lets what was there before a quota was lowered be updated and deleted, but not grow', () => {
  const quotas = { ...quotaProfiles.generous, virtualNodesPerMesh: 1, backendsPerVirtualNode: 1 };
  const existing = [mesh, nodeResource('other'), resource(node.ref, { backends: backends(3) })];
  const update = (count: number): SpecChange => ({ action: 'update', ref: node.ref, spec: { backends: backends(count) } });
  expect(apply(existing, quotas, update(3))).toBe(1);
  expect(() => apply(existing, quotas, update(4))).toThrow('spec.backends has 4 items');
  expect(apply(existing, quotas, { action: 'delete', ref: node.ref })).toBe(1);
});

function listeners(count: number): readonly { readonly portMapping: { readonly port: number; readonly protocol: 'http' } }[] {
  return Array.from({ length: count }, (_, index) => ({ portMapping: { port: index + 1, protocol: 'http' } }));
}

function backends(count: number): NonNullable<Specs['virtualNode']['backends']> {
  return Array(count).fill({ virtualService: { virtualServiceName: 's.local' } });
}

it("knows App Mesh's own numbers", () => {
  expect(quotaProfiles.appMesh).toMatchObject({
    meshesPerAccount: 15,
    virtualNodesPerMesh: 200,
    virtualRoutersPerMesh: 200,
    virtualServicesPerMesh: 200,
    virtualGatewaysPerMesh: 3,
    routesPerVirtualRouter: 50,
    gatewayRoutesPerVirtualGateway: 10,
    backendsPerVirtualNode: 50,
  });
});
