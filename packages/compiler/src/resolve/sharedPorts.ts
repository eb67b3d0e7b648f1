import type { Ref } from '@meshwright/model';
import type { Report } from '../diagnostics.ts';
import type { RouteIr } from '../ir/proxy.ts';
import type { PartCount } from '../tooLarge.ts';
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
 * @param parts where they are counted, before hosts are multiplied by ports
 * @throws TooLarge
 */
export function shareable(services: readonly ResolvedService[], client: Ref, report: Report, parts: PartCount): readonly SharedPort[] {
  const placed = services.map((service, place) => ({ service, place }));
  // A service without a port of its own has a host without routes on every port: 404 there, rather than let through.
  const everywhere: readonly Wanting[] = placed.filter(({ service }) => service.ports === undefined);
  const ports = [...wantingByPort(placed)].sort(([a], [b]) => a - b);
  for (const [, wanting] of ports) parts.add(partsOf(wanting) + everywhere.length);
  return ports.flatMap(([port, wanting]) => joined(port, wanting, everywhere, client, report) ?? []);
}

/** A service, its place among all, and what it does on the port that is looked at; nothing where it has no ports. */
interface Wanting {
  readonly service: ResolvedService;
  readonly place: number;
  readonly traffic?: PortTraffic;
}

interface OnPort extends Wanting {
  readonly traffic: PortTraffic;
}

/** The services of each port, in their order; what is first on a port is all that a service does there. */
function wantingByPort(placed: readonly Wanting[]): ReadonlyMap<number, readonly OnPort[]> {
  const byPort = new Map<number, OnPort[]>();
  for (const { service, place } of placed) {
    for (const traffic of service.ports ?? []) {
      const wanting = byPort.get(traffic.port);
      if (wanting === undefined) byPort.set(traffic.port, [{ service, place, traffic }]);
      else if (wanting.at(-1)?.place !== place) wanting.push({ service, place, traffic });
    }
  }
  return byPort;
}

/** A chain, a route configuration and a catch-all; a host and its routes for each service. */
function partsOf(wanting: readonly OnPort[]): number {
  return wanting.reduce((sum, { traffic }) => sum + 1 + (traffic.protocol === 'tcp' ? 0 : traffic.routes.length), 3);
}

function joined(
  port: number,
  wanting: readonly OnPort[],
  everywhere: readonly Wanting[],
  client: Ref,
  report: Report,
): SharedPort | undefined {
  const [first] = wanting;
  if (first === undefined) return undefined;
  const { protocol } = first.traffic;
  for (const { service, traffic } of wanting.slice(1)) {
    if (traffic.protocol !== protocol || protocol === 'tcp') reportShared(client, service, traffic, first, report);
  }
  if (first.traffic.protocol === 'tcp') return { kind: 'tcp', traffic: first.traffic };
  const hosts = everywhere.length === 0 ? wanting : [...wanting, ...everywhere].sort((a, b) => a.place - b.place);
  return { kind: 'http', port, protocol: first.traffic.protocol, services: hosts.flatMap((host) => hostOf(host, protocol)) };
}

/** One that speaks another protocol on this port has a host without routes, too. */
function hostOf({ service, traffic }: Wanting, protocol: PortTraffic['protocol']): readonly ServiceRoutes[] {
  const noRoutes: readonly RouteIr[] = [];
  if (traffic === undefined) return [{ service, routes: noRoutes }];
  if (traffic.protocol === 'tcp') return [];
  return [{ service, routes: traffic.protocol === protocol ? traffic.routes : noRoutes }];
}

function reportShared(client: Ref, { ref }: ResolvedService, { port, protocol }: PortTraffic, first: OnPort, report: Report): void {
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
