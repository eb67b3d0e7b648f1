import { MeshError } from '../errors.ts';
import type { Resource } from '../resource.ts';
import { routeOf } from '../route/routeOf.ts';
import type { PortMapping } from '../schema/common.ts';
import { escaped, must, violation } from '../schema/violation.ts';
import type { MeshView } from '../view.ts';

/**
 * Refuses a route that its virtual router's listeners, or its targets' listeners, can never take.
 * Changes of routers and nodes that bring this about later are accepted and diagnosed, or no protocol could ever change.
 */
export function checkRoute(view: MeshView, route: Resource<'route'>, router: Resource<'virtualRouter'>): void {
  checkListener(route, (router.spec.listeners ?? []).map(mappingOf));
  checkTargetPorts(view, route);
}

/** Refuses a second listener of a virtual router as long as a route does not say which of them it is for. */
export function checkRouter(view: MeshView, router: Resource<'virtualRouter'>): void {
  const { listeners = [] } = router.spec;
  if (listeners.length < 2) return;
  for (const route of view.list('route', router.ref.name)) {
    if (routeOf(route.spec).route.match?.port !== undefined) continue;
    const message = `All Routes for this Virtual Router must define a port match criteria if it has multiple listeners: give Route ${escaped(route.ref.name)} a match.port first.`;
    throw new MeshError('BadRequest', message, { ref: router.ref });
  }
}

function checkListener({ ref, spec }: Resource<'route'>, listeners: readonly PortMapping[]): void {
  const { kind, protocol, route } = routeOf(spec);
  const port = route.match?.port;
  const field = `spec.${kind}.match.port`;
  if (port === undefined && listeners.length > 1) {
    const message = `Route must define a port match criteria if the Virtual Router has multiple listeners: set ${field} to one of ${portsOf(listeners)}.`;
    throw new MeshError('BadRequest', message, { ref });
  }
  const listener = port === undefined ? listeners[0] : listeners.find((mapping) => mapping.port === port);
  if (listener === undefined) {
    // A router without listeners takes any route: it may get them later.
    if (listeners.length > 0)
      refuse(ref, field, port, must('be the port of a listener of the virtual router', `use one of ${portsOf(listeners)}`));
    return;
  }
  if (listener.protocol !== protocol) {
    const rule = `the virtual router's listener on port ${listener.port} has protocol ${listener.protocol}`;
    throw new MeshError('BadRequest', `spec.${kind} is for protocol ${protocol} but ${rule}: send the route kind of that protocol.`, {
      ref,
    });
  }
}

function checkTargetPorts(view: MeshView, { ref, spec }: Resource<'route'>): void {
  const { kind, route } = routeOf(spec);
  for (const [index, target] of route.action.weightedTargets.entries()) {
    const node = view.get({ kind: 'virtualNode', mesh: ref.mesh, name: target.virtualNode });
    const listeners = (node?.spec.listeners ?? []).map(mappingOf);
    const field = `spec.${kind}.action.weightedTargets[${index}].port`;
    if (target.port === undefined && listeners.length > 1) {
      const rule = `VirtualNode ${escaped(target.virtualNode)} has multiple listeners: set it to one of ${portsOf(listeners)}`;
      throw new MeshError('BadRequest', `${field} is missing but ${rule}.`, { ref });
    }
    if (target.port !== undefined && !listeners.some(({ port }) => port === target.port)) {
      const fix = listeners.length === 0 ? 'it has no listeners, leave the port out' : `use one of ${portsOf(listeners)}`;
      refuse(ref, field, target.port, must(`be the port of a listener of VirtualNode ${escaped(target.virtualNode)}`, fix));
    }
  }
}

function mappingOf({ portMapping }: { readonly portMapping: PortMapping }): PortMapping {
  return portMapping;
}

function portsOf(listeners: readonly PortMapping[]): string {
  return listeners.map(({ port }) => port).join(', ');
}

function refuse(ref: Resource['ref'], field: string, value: unknown, rule: string): never {
  throw new MeshError('BadRequest', `${violation(field, value, rule)}.`, { ref });
}
