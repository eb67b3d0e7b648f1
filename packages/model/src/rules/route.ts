import type { Resource } from '../resource.ts';
import { routeOf } from '../route/routeOf.ts';
import type { MeshView } from '../view.ts';
import { checkListenerChoice, checkSecondListener, checkTargetPort, type ListenerChoice } from './listeners.ts';

/**
 * Refuses a route that its virtual router's listeners, or its targets' listeners, can never take.
 * Changes of routers and nodes that bring this about later are accepted and diagnosed, or no protocol could ever change.
 */
export function checkRoute(view: MeshView, route: Resource<'route'>, router: Resource<'virtualRouter'>): void {
  checkListenerChoice(choiceOf(route), router.spec.listeners ?? []);
  const { kind, route: kinded } = routeOf(route.spec);
  for (const [index, { port, virtualNode }] of kinded.action.weightedTargets.entries()) {
    const node = view.get({ kind: 'virtualNode', mesh: route.ref.mesh, name: virtualNode });
    const field = `spec.${kind}.action.weightedTargets[${index}].port`;
    if (node !== undefined) checkTargetPort({ ref: route.ref, field, port }, node);
  }
}

/** Refuses a second listener of a virtual router as long as a route does not say which of them it is for. */
export function checkRouter(view: MeshView, { ref, spec }: Resource<'virtualRouter'>): void {
  const choices = function* (): Iterable<ListenerChoice> {
    for (const route of view.list('route', ref.name)) yield choiceOf(route);
  };
  checkSecondListener(ref, spec.listeners ?? [], choices());
}

function choiceOf({ ref, spec }: Resource<'route'>): ListenerChoice {
  const { kind, protocol, route } = routeOf(spec);
  return { ref, kind, protocol, port: route.match?.port };
}
