import { MeshError } from './errors.ts';
import { isA } from './references.ts';
import type { Kind, Ref, Resource } from './resource.ts';
import { named } from './rules/wording.ts';
import type { MeshView } from './view.ts';

/** How much there may be of each thing. */
export interface Quotas {
  readonly meshesPerAccount: number;
  readonly virtualNodesPerMesh: number;
  readonly virtualRoutersPerMesh: number;
  readonly virtualServicesPerMesh: number;
  readonly virtualGatewaysPerMesh: number;
  readonly routesPerVirtualRouter: number;
  readonly gatewayRoutesPerVirtualGateway: number;
  /** Of a virtual node, router or gateway; the API model sets no limit. */
  readonly listenersPerResource: number;
  /** As sent: duplicates count. */
  readonly backendsPerVirtualNode: number;
}

const generous: Quotas = {
  meshesPerAccount: 1_000,
  virtualNodesPerMesh: 5_000,
  virtualRoutersPerMesh: 5_000,
  virtualServicesPerMesh: 5_000,
  virtualGatewaysPerMesh: 200,
  routesPerVirtualRouter: 200,
  gatewayRoutesPerVirtualGateway: 200,
  listenersPerResource: 50,
  backendsPerVirtualNode: 1_000,
};

/**
 * Named sets of quotas. `generous` is the default: far above what App Mesh allowed. `appMesh` has the numbers App Mesh began with,
 * for who wants to stay within them; it published none for listeners.
 * @see https://github.com/aws/aws-app-mesh-roadmap/issues/263
 */
export const quotaProfiles = {
  generous,
  appMesh: {
    ...generous,
    meshesPerAccount: 15,
    virtualNodesPerMesh: 200,
    virtualRoutersPerMesh: 200,
    virtualServicesPerMesh: 200,
    virtualGatewaysPerMesh: 3,
    routesPerVirtualRouter: 50,
    gatewayRoutesPerVirtualGateway: 10,
    backendsPerVirtualNode: 50,
  },
} as const satisfies Readonly<Record<string, Quotas>>;

/** The quota on resources of each kind, and what has that many at most. */
const countQuotas = {
  virtualNode: 'virtualNodesPerMesh',
  virtualRouter: 'virtualRoutersPerMesh',
  virtualService: 'virtualServicesPerMesh',
  virtualGateway: 'virtualGatewaysPerMesh',
  route: 'routesPerVirtualRouter',
  gatewayRoute: 'gatewayRoutesPerVirtualGateway',
} as const satisfies Readonly<Record<Exclude<Kind, 'mesh'>, keyof Quotas>>;

/**
 * Holds a new resource to the quota on its kind. Meshes are counted by whoever can see them all: `checkMeshQuota`.
 * @param result the mesh with the resource in it.
 * @throws MeshError `LimitExceeded`.
 */
export function checkCount(quotas: Quotas, result: MeshView, ref: Ref): void {
  if (ref.kind === 'mesh') return;
  const quota = countQuotas[ref.kind];
  const count = result.count(ref.kind, ref.parent);
  if (count > quotas[quota]) throw exceeded(quotas, quota, ref, `${named(ref)} would be number ${count}`);
}

/**
 * Holds a new mesh to the quota on meshes of an account.
 * @param existing how many there are without it.
 * @throws MeshError `LimitExceeded`.
 */
export function checkMeshQuota(quotas: Quotas, existing: number, ref: Ref<'mesh'>): void {
  const count = existing + 1;
  if (count > quotas.meshesPerAccount) throw exceeded(quotas, 'meshesPerAccount', ref, `${named(ref)} would be number ${count}`);
}

/**
 * Holds the lists in a spec to their quotas. What was as long before may stay: a quota that was lowered keeps nobody from updating.
 * @throws MeshError `LimitExceeded`.
 */
export function checkLists(quotas: Quotas, after: Resource, before: Resource | undefined): void {
  for (const [quota, member, lengthIn] of listQuotas) {
    const length = lengthIn(after);
    if (length <= quotas[quota] || (before !== undefined && length <= lengthIn(before))) continue;
    throw exceeded(quotas, quota, after.ref, `spec.${member} has ${length} items`, 'remove some');
  }
}

const listQuotas: readonly (readonly [keyof Quotas, string, (resource: Resource) => number])[] = [
  ['listenersPerResource', 'listeners', (resource) => (hasListeners(resource) ? (resource.spec.listeners?.length ?? 0) : 0)],
  ['backendsPerVirtualNode', 'backends', (resource) => (isA(resource, 'virtualNode') ? (resource.spec.backends?.length ?? 0) : 0)],
];

function hasListeners(resource: Resource): resource is Resource<'virtualNode'> | Resource<'virtualRouter'> | Resource<'virtualGateway'> {
  return isA(resource, 'virtualNode') || isA(resource, 'virtualRouter') || isA(resource, 'virtualGateway');
}

function exceeded(quotas: Quotas, quota: keyof Quotas, ref: Ref, fact: string, remedy = 'remove others first'): MeshError {
  return new MeshError('LimitExceeded', `${fact}, but quota ${quota} is ${quotas[quota]}: ${remedy}, or raise the setting ${quota}.`, {
    ref,
  });
}
