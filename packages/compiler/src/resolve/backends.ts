import type { Backend, ClientPolicy, Resource } from '@meshwright/model';
import { pointer, type Report } from '../diagnostics.ts';
import type { ActionIr, RouteIr } from '../ir/proxy.ts';
import { compareText, type ResourcesByKind } from './resourcesByKind.ts';
import type { PortRoutes, ResolvedRouters } from './routers.ts';
import { isCompiledListener, requiresTls } from './support.ts';
import { resolveTarget } from './targets.ts';

/** A virtual service a node sends traffic to, and what answers for it on each port. */
export interface BackendService {
  readonly service: Resource<'virtualService'>;
  /** Undefined = it has no provider, or one without listeners, so nothing says on which port it is expected. */
  readonly ports: readonly PortRoutes[] | undefined;
}

/** Resolves the backends of a node, each service once, in the order of their names. */
export function resolveBackends(
  index: ResourcesByKind,
  routers: ResolvedRouters,
  node: Resource<'virtualNode'>,
  report: Report,
): readonly BackendService[] {
  const services = new Map<string, BackendService>();
  for (const [position, backend] of (node.spec.backends ?? []).entries()) {
    const service = findService(index, backend);
    if (service === undefined) {
      reportUnknown(node, position, backend, report);
      continue;
    }
    // The same service twice is kept as it was sent and compiled once, with the first one's policy.
    if (services.has(service.ref.name)) continue;
    const policy = backend.virtualService.clientPolicy ?? node.spec.backendDefaults?.clientPolicy;
    services.set(service.ref.name, { service, ports: withPolicy(providerPorts(index, routers, service, report), policy) });
  }
  return [...services.values()].sort((a, b) => compareText(a.service.ref.name, b.service.ref.name));
}

const SERVICE_ARN = /^arn:[^:]*:appmesh:[^:]*:(?<owner>\d*):mesh\/(?<mesh>[^/]+)\/virtualService\/(?<name>.+)$/;

/** Backends name a service by its name or its ARN; an ARN of another mesh is unknown here. */
function findService({ key, services }: ResourcesByKind, { virtualService }: Backend): Resource<'virtualService'> | undefined {
  const { owner, mesh, name } = SERVICE_ARN.exec(virtualService.virtualServiceName)?.groups ?? {};
  if (name === undefined) return services.get(virtualService.virtualServiceName);
  return owner === key.owner && mesh === key.mesh ? services.get(name) : undefined;
}

function providerPorts(
  index: ResourcesByKind,
  routers: ResolvedRouters,
  { ref, spec }: Resource<'virtualService'>,
  report: Report,
): readonly PortRoutes[] | undefined {
  const { virtualNode, virtualRouter } = spec.provider ?? {};
  if (virtualRouter !== undefined) {
    const ports = routers.get(virtualRouter.virtualRouterName);
    if (ports === undefined) reportProvider(ref, `virtual router "${virtualRouter.virtualRouterName}"`, report);
    return hasListeners(index.routers.get(virtualRouter.virtualRouterName)) ? ports : undefined;
  }
  if (virtualNode === undefined) return undefined;
  const node = index.nodes.get(virtualNode.virtualNodeName);
  if (node === undefined) reportProvider(ref, `virtual node "${virtualNode.virtualNodeName}"`, report);
  return node !== undefined && hasListeners(node) ? nodePorts(index, node, ref, report) : undefined;
}

function hasListeners(resource: Resource<'virtualRouter'> | Resource<'virtualNode'> | undefined): boolean {
  return (resource?.spec.listeners ?? []).length > 0;
}

/** A node that answers for a service itself does so on each of its listeners, with App Mesh's default retries. */
function nodePorts(
  index: ResourcesByKind,
  node: Resource<'virtualNode'>,
  ref: Resource<'virtualService'>['ref'],
  report: Report,
): readonly PortRoutes[] {
  const listeners = (node.spec.listeners ?? []).filter(isCompiledListener);
  return listeners.map(({ portMapping: { port } }) => {
    const { target, cluster, problem } = resolveTarget(index, { node: node.ref.name, port, routerPort: port });
    if (problem !== undefined) reportUnresolved(ref, problem, report);
    const routes: RouteIr[] = [{ match: { prefix: '/' }, action: { kind: 'cluster', target }, retryPolicy: 'default' }];
    return { port, routes, clusters: new Map([[cluster.name, cluster]]) };
  });
}

/** Requests that a client policy wants under TLS are answered 503, never sent in plain text. */
function withPolicy(ports: readonly PortRoutes[] | undefined, policy: ClientPolicy | undefined): readonly PortRoutes[] | undefined {
  const refused = (action: ActionIr): boolean =>
    (action.kind === 'weighted' && action.targets.some(({ port }) => requiresTls(policy, port))) ||
    (action.kind === 'cluster' && requiresTls(policy, action.target.port));
  if (policy?.tls === undefined) return ports;
  return ports?.map((entry) => ({
    ...entry,
    routes: entry.routes.map((route) => (refused(route.action) ? { ...route, action: { kind: 'unavailable' } } : route)),
  }));
}

function reportUnknown({ ref }: Resource<'virtualNode'>, position: number, { virtualService }: Backend, report: Report): void {
  report({
    code: 'unknown-backend',
    severity: 'warning',
    ref,
    pointer: pointer('backends', position, 'virtualService', 'virtualServiceName'),
    message: `There is no virtual service "${virtualService.virtualServiceName}" in this mesh: requests to it are not routed.`,
    fix: 'create the virtual service, or remove the backend',
  });
}

function reportProvider(ref: Resource<'virtualService'>['ref'], provider: string, report: Report): void {
  report({
    code: 'unknown-provider',
    severity: 'error',
    ref,
    pointer: '/provider',
    message: `There is no ${provider}: requests to this service are answered 404.`,
    fix: 'create it, or choose another provider',
  });
}

function reportUnresolved(ref: Resource<'virtualService'>['ref'], problem: string, report: Report): void {
  report({
    code: 'unresolved-target',
    severity: 'error',
    ref,
    pointer: '/provider/virtualNode',
    message: `Requests to this service are answered 503: ${problem}.`,
    fix: 'give the virtual node service discovery by dns',
  });
}
