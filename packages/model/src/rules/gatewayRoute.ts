import { gatewayRouteOf } from '../gatewayRoute/gatewayRouteOf.ts';
import type { Ref, Resource } from '../resource.ts';
import type { MeshView } from '../view.ts';
import { checkListenerChoice, checkSecondListener, checkTargetPort, type ListenerChoice } from './listeners.ts';

/** Refuses a gateway route that its virtual gateway's listeners, or the provider of its target, can never take. */
export function checkGatewayRoute(view: MeshView, gatewayRoute: Resource<'gatewayRoute'>, gateway: Resource<'virtualGateway'>): void {
  checkListenerChoice(choiceOf(gatewayRoute), gateway.spec.listeners);
  const { ref, spec } = gatewayRoute;
  const { kind, route } = gatewayRouteOf(spec);
  const { port, virtualService } = route.action.target;
  const server = providerOf(view, { kind: 'virtualService', mesh: ref.mesh, name: virtualService.virtualServiceName });
  // Without a provider, or one without listeners, any port may become right later.
  if (server?.spec.listeners?.length) checkTargetPort({ ref, field: `spec.${kind}.action.target.port`, port }, server);
}

/** Refuses a second listener of a virtual gateway as long as a gateway route does not say which of them it is for. */
export function checkGateway(view: MeshView, { ref, spec }: Resource<'virtualGateway'>): void {
  const choices = function* (): Iterable<ListenerChoice> {
    for (const gatewayRoute of view.list('gatewayRoute', ref.name)) yield choiceOf(gatewayRoute);
  };
  checkSecondListener(ref, spec.listeners, choices());
}

function choiceOf({ ref, spec }: Resource<'gatewayRoute'>): ListenerChoice {
  const { kind, protocol, route } = gatewayRouteOf(spec);
  return { ref, kind, protocol, port: route.match.port };
}

function providerOf(view: MeshView, ref: Ref<'virtualService'>): Resource<'virtualNode'> | Resource<'virtualRouter'> | undefined {
  const { virtualNode, virtualRouter } = view.get(ref)?.spec.provider ?? {};
  if (virtualNode !== undefined) return view.get({ kind: 'virtualNode', mesh: ref.mesh, name: virtualNode.virtualNodeName });
  if (virtualRouter !== undefined) return view.get({ kind: 'virtualRouter', mesh: ref.mesh, name: virtualRouter.virtualRouterName });
  return undefined;
}
