import type { Ref } from '@meshwright/model';
import type { Report } from '../diagnostics.ts';
import type { RouteIr } from '../ir/proxy.ts';
import type { ResolvedService } from './services.ts';
import type { HttpTraffic, PortTraffic, TcpTraffic } from './traffic.ts';
import type { ServiceRoutes } from './virtualHosts.ts';

/** What all backends together are on one port: requests told apart by their host, or the connections of one service. */
export type SharedPort =
  | {
      readonly kind: 'http';
      readonly port: number;
      readonly protocol: HttpTraffic['protocol'];
      readonly services: readonly ServiceRoutes[];
    }
  | { readonly kind: 'tcp'; readonly traffic: TcpTraffic };

/**
 * Joins what backends ask of the same port. One port has one protocol, and connections do not say which service they are for:
 * the first service by name decides, what does not fit is told of.
 * @param services in the order of their names
 * @param client whom the others are told to
 */
export function shareable(services: readonly ResolvedService[], client: Ref, report: Report): readonly SharedPort[] {
  const ports = new Set(services.flatMap(({ ports = [] }) => ports.map(({ port }) => port)));
  return [...ports].sort((a, b) => a - b).flatMap((port) => joined(port, services, client, report) ?? []);
}

function joined(port: number, services: readonly ResolvedService[], client: Ref, report: Report): SharedPort | undefined {
  const wanting = services.flatMap((service) => {
    const traffic = service.ports?.find((candidate) => candidate.port === port);
    return traffic === undefined ? [] : [{ service, traffic }];
  });
  const [first] = wanting;
  if (first === undefined) return undefined;
  const { protocol } = first.traffic;
  for (const { service, traffic } of wanting.slice(1)) {
    if (traffic.protocol !== protocol || protocol === 'tcp') reportShared(client, service, traffic, first, report);
  }
  if (first.traffic.protocol === 'tcp') return { kind: 'tcp', traffic: first.traffic };
  return { kind: 'http', port, protocol: first.traffic.protocol, services: services.flatMap((service) => hostOf(service, port, protocol)) };
}

/**
 * A service without a port of its own has a host without routes on every port, one of another protocol on this one: 404 there,
 * rather than let through.
 */
function hostOf(service: ResolvedService, port: number, protocol: PortTraffic['protocol']): readonly ServiceRoutes[] {
  const noRoutes: readonly RouteIr[] = [];
  if (service.ports === undefined) return [{ service, routes: noRoutes }];
  const traffic = service.ports.find((candidate) => candidate.port === port);
  if (traffic === undefined || traffic.protocol === 'tcp') return [];
  return [{ service, routes: traffic.protocol === protocol ? traffic.routes : noRoutes }];
}

interface Wanting {
  readonly service: ResolvedService;
  readonly traffic: PortTraffic;
}

function reportShared(client: Ref, { ref }: ResolvedService, { port, protocol }: PortTraffic, first: Wanting, report: Report): void {
  const taken = `virtual service "${first.service.ref.name}" (${first.traffic.protocol})`;
  const consequence =
    first.traffic.protocol === 'tcp' || protocol === 'tcp'
      ? 'what is sent to it there is not for it'
      : 'requests to it there are answered 404';
  report({
    code: 'port-taken',
    severity: 'error',
    ref: client,
    pointer: '/backends',
    message: `Virtual service "${ref.name}" (${protocol}) is not routed on port ${port}, which ${taken} has: ${consequence}.`,
    fix: 'give the virtual services different ports, or the same protocol if it is not tcp',
  });
}
