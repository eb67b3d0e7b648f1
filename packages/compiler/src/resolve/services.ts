import type { Ref } from '@meshwright/model';
import { quoted, type Report } from '../diagnostics.ts';
import type { Reader, Unit } from '../incremental/unit.ts';
import { isHostText } from '../ir/requestText.ts';
import { router } from './routers.ts';
import { type Problem, reachableNode, resolveTarget } from './targets.ts';
import type { PortTraffic } from './traffic.ts';

/** A virtual service, and what answers for it on each port. */
export interface ResolvedService {
  readonly ref: Ref<'virtualService'>;
  /** Epoch milliseconds. */
  readonly createdAt: number;
  /** Undefined = it has no provider, or one without listeners, so nothing says on which port it is expected. */
  readonly ports: readonly PortTraffic[] | undefined;
}

/** A virtual service by its name, whoever sends to it; undefined when there is none. */
export const service: Unit<string, ResolvedService | undefined> = {
  name: 'service',
  keyOf: (name) => name,
  blame: (name, { mesh }) => ({
    ref: { kind: 'virtualService', mesh, name },
    what: `virtual service "${name}"`,
    consequence: 'proxies that use it are not brought up to date',
  }),
  work: (name, reader) => {
    const resource = reader.get({ kind: 'virtualService', mesh: reader.mesh.mesh, name });
    if (resource === undefined) return undefined;
    const { ref, spec, metadata } = resource;
    const { virtualNode, virtualRouter } = spec.provider ?? {};
    let ports: readonly PortTraffic[] | undefined;
    if (virtualRouter !== undefined) ports = routerPorts(reader, ref, virtualRouter.virtualRouterName);
    if (virtualNode !== undefined) ports = nodePorts(reader, ref, virtualNode.virtualNodeName);
    if (!isHostText(name) && !ports?.every(({ protocol }) => protocol === 'tcp')) reportHost(ref, reader.report);
    return { ref, createdAt: metadata.createdAt, ports };
  },
};

/** Connections are told apart by their port alone. */
function reportHost(ref: Ref, report: Report): void {
  report({
    code: 'host-never-named',
    severity: 'error',
    ref,
    pointer: '',
    message: `No request may name the host ${quoted(ref.name)}: clients do not reach this virtual service, only gateway routes that keep the host do.`,
    fix: 'give the virtual service a host name, such as orders.apps.local; names beyond ASCII are written as clients send them, xn--…',
  });
}

function routerPorts(reader: Reader, ref: Ref, name: string): readonly PortTraffic[] | undefined {
  const provider = reader.use(router, name);
  if (provider === undefined) reportProvider(ref, `virtual router "${name}"`, reader.report);
  return provider?.ports;
}

/** A node that answers for a service itself does so on each of its listeners, with App Mesh's default retries. */
function nodePorts(reader: Reader, ref: Ref, name: string): readonly PortTraffic[] | undefined {
  const node = reader.use(reachableNode, name);
  if (node === undefined) reportProvider(ref, `virtual node "${name}"`, reader.report);
  if (node === undefined || node.listeners.length === 0) return undefined;
  return node.listeners.map(({ port, protocol }) => {
    const { target, cluster, problem } = resolveTarget(reader, { node: name, port, routerPort: port });
    if (problem !== undefined) reportUnresolved(ref, problem, reader.report);
    const action = { kind: 'cluster', target } as const;
    if (protocol === 'tcp') return { port, protocol, action, clusters: [cluster] };
    const match = { kind: 'http', match: { prefix: '/' } } as const;
    return { port, protocol, routes: [{ match, action, retryPolicy: 'default' }], clusters: [cluster] };
  });
}

function reportProvider(ref: Ref, provider: string, report: Report): void {
  report({
    code: 'unknown-provider',
    severity: 'error',
    ref,
    pointer: '/provider',
    message: `There is no ${provider}: requests to this service are answered 404.`,
    fix: 'create it, or choose another provider',
  });
}

function reportUnresolved(ref: Ref, { message, fix }: Problem, report: Report): void {
  report({
    code: 'unresolved-target',
    severity: 'error',
    ref,
    pointer: '/provider/virtualNode',
    message: `Requests to this service are answered 503, and TCP connections closed: ${message}.`,
    fix,
  });
}
