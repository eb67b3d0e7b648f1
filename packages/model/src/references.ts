import { gatewayRouteOf } from './gatewayRoute/gatewayRouteOf.ts';
import type { Ref, Resource } from './resource.ts';
import { routeOf } from './route/routeOf.ts';

/** A resource that another one's spec names, and where. */
export interface Reference {
  readonly ref: Ref;
  /** Path of the naming member, such as `spec.httpRoute.action.weightedTargets[0].virtualNode`. */
  readonly field: string;
}

/** What a resource needs to exist. Backends are not among it: they may name services that come later. */
export function referencesOf(resource: Resource): readonly Reference[] {
  if (isA(resource, 'route')) return routeReferences(resource);
  if (isA(resource, 'virtualService')) return providerReferences(resource);
  if (isA(resource, 'gatewayRoute')) return gatewayRouteReferences(resource);
  return [];
}

/** Whether a resource is of a kind, for the compiler to know. */
export function isA<K extends Resource['ref']['kind']>(resource: Resource, kind: K): resource is Resource<K> {
  return resource.ref.kind === kind;
}

function routeReferences({ ref, spec }: Resource<'route'>): readonly Reference[] {
  const { kind, route } = routeOf(spec);
  return route.action.weightedTargets.map(({ virtualNode }, index) => ({
    ref: { kind: 'virtualNode', mesh: ref.mesh, name: virtualNode },
    field: `spec.${kind}.action.weightedTargets[${index}].virtualNode`,
  }));
}

function gatewayRouteReferences({ ref, spec }: Resource<'gatewayRoute'>): readonly Reference[] {
  const { kind, route } = gatewayRouteOf(spec);
  const name = route.action.target.virtualService.virtualServiceName;
  const field = `spec.${kind}.action.target.virtualService.virtualServiceName`;
  return [{ ref: { kind: 'virtualService', mesh: ref.mesh, name }, field }];
}

function providerReferences({ ref: { mesh }, spec: { provider } }: Resource<'virtualService'>): readonly Reference[] {
  if (provider?.virtualNode !== undefined) {
    const name = provider.virtualNode.virtualNodeName;
    return [{ ref: { kind: 'virtualNode', mesh, name }, field: 'spec.provider.virtualNode.virtualNodeName' }];
  }
  if (provider?.virtualRouter !== undefined) {
    const name = provider.virtualRouter.virtualRouterName;
    return [{ ref: { kind: 'virtualRouter', mesh, name }, field: 'spec.provider.virtualRouter.virtualRouterName' }];
  }
  return [];
}
