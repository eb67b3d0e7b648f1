import type { Backend, ClientPolicy, MeshKey, Resource } from '@meshwright/model';
import { pointer, type Report } from '../diagnostics.ts';
import type { Reader } from '../incremental/unit.ts';
import type { RouteIr } from '../ir/proxy.ts';
import { compareText } from './compare.ts';
import { nowhere } from './nowhere.ts';
import { type ResolvedService, service } from './services.ts';
import { requiresTls } from './support.ts';
import { type PortTraffic, targetsOf } from './traffic.ts';

/**
 * Resolves the backends of a node, each service once, in the order of their names. One that was sent twice is under every policy it
 * was sent with: what any of them wants under TLS is not sent in plain text for another's sake.
 */
export function resolveBackends(reader: Reader, node: Resource<'virtualNode'>): readonly ResolvedService[] {
  const services = new Map<string, ResolvedService>();
  for (const [position, backend] of (node.spec.backends ?? []).entries()) {
    const name = serviceName(reader.mesh, backend);
    const found = name === undefined ? undefined : reader.use(service, name);
    if (found === undefined) {
      reportUnknown(node, position, backend, reader.report);
      continue;
    }
    const policy = backend.virtualService.clientPolicy ?? node.spec.backendDefaults?.clientPolicy;
    services.set(found.ref.name, withPolicy(reader.mesh, services.get(found.ref.name) ?? found, policy));
  }
  return [...services.values()].sort((a, b) => compareText(a.ref.name, b.ref.name));
}

const SERVICE_ARN = /^arn:[^:]*:appmesh:[^:]*:(?<owner>\d*):mesh\/(?<mesh>[^/]+)\/virtualService\/(?<name>.+)$/;

/** Backends name a service by its name or its ARN; an ARN of another mesh is unknown here. */
function serviceName(key: MeshKey, { virtualService }: Backend): string | undefined {
  const { owner, mesh, name } = SERVICE_ARN.exec(virtualService.virtualServiceName)?.groups ?? {};
  if (name === undefined) return virtualService.virtualServiceName;
  return owner === key.owner && mesh === key.mesh ? name : undefined;
}

/** What a client policy wants under TLS is answered 503, or closed, never sent in plain text. */
export function withPolicy(mesh: MeshKey, resolved: ResolvedService, policy: ClientPolicy | undefined): ResolvedService {
  if (policy?.tls === undefined) return resolved;
  return { ...resolved, ports: resolved.ports?.map((traffic) => plainOnly(mesh, traffic, policy)) };
}

function plainOnly(mesh: MeshKey, traffic: PortTraffic, policy: ClientPolicy): PortTraffic {
  const isRefused = ({ action }: { readonly action: RouteIr['action'] }): boolean =>
    targetsOf(action).some(({ port }) => requiresTls(policy, port));
  if (traffic.protocol === 'tcp') return isRefused(traffic) ? { ...traffic, ...nowhere(mesh, traffic.port) } : traffic;
  return { ...traffic, routes: traffic.routes.map((route) => (isRefused(route) ? { ...route, action: { kind: 'unavailable' } } : route)) };
}

function reportUnknown({ ref }: Resource<'virtualNode'>, position: number, { virtualService }: Backend, report: Report): void {
  report({
    code: 'unknown-backend',
    severity: 'warning',
    ref,
    pointer: pointer('backends', position, 'virtualService', 'virtualServiceName'),
    message: `There is no virtual service "${virtualService.virtualServiceName}" in this mesh: requests to it are not routed; the mesh's egress filter refuses them (DROP_ALL) or lets them through as they are (ALLOW_ALL).`,
    fix: 'create the virtual service, or remove the backend',
  });
}
