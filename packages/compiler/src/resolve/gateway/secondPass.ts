import type { Report } from '../../diagnostics.ts';
import { DEFAULT_BACKEND_HOST, EGRESS_PORT } from '../../ir/names.ts';
import type { HeaderConditionIr, RouteIr, VirtualHostIr } from '../../ir/proxy.ts';
import type { PartCount } from '../../tooLarge.ts';
import { compareText } from '../compare.ts';
import type { ResolvedService } from '../services.ts';
import type { HttpTraffic } from '../traffic.ts';
import { resolveVirtualHosts, type ServiceRoutes } from '../virtualHosts.ts';
import { keepsHost } from './gatewayRoutes.ts';
import { PORT_HEADER, SERVICE_HEADER } from './headers.ts';
import type { TargetedRoute } from './targets.ts';

interface TargetedService {
  readonly service: ResolvedService;
  /** What gateway routes use of it, by port. */
  readonly ports: ReadonlyMap<number, HttpTraffic>;
  /** Whether requests for it may come with any host. */
  readonly isByHeader: boolean;
}

/** Services that routes of a gateway want on more than one port. */
export function servicesOfManyPorts(targeted: readonly TargetedRoute[]): ReadonlySet<string> {
  const several = servicesOf(targeted).filter(({ ports }) => ports.size > 1);
  return new Set(several.map(({ service }) => service.ref.name));
}

/**
 * The virtual hosts of a gateway's second pass: each virtual service as any client of it has it, and one for requests that kept
 * the host they came with, told apart by a header. Services that get requests with any host have their routes in every virtual host.
 * @param parts where they are counted, before they are made
 * @throws TooLarge
 */
export function secondPassHosts(targeted: readonly TargetedRoute[], report: Report, parts: PartCount): readonly VirtualHostIr[] {
  const services = servicesOf(targeted);
  parts.add(partsOf(services));
  const isGuarded = services.some(({ isByHeader }) => isByHeader);
  const guard = (name: string): HeaderConditionIr[] => (isGuarded ? [{ name: SERVICE_HEADER, kind: 'exactOrAbsent', value: name }] : []);
  const keptHost = services
    .filter(({ isByHeader }) => isByHeader)
    .map((of) => ({ of, routes: routesOf(of, [{ name: SERVICE_HEADER, kind: 'exact', value: of.service.ref.name }], true) }));
  const byHost = services.map((of): ServiceRoutes => {
    // A host that was kept may by chance be another service's name: Envoy then looks here, and the service that is meant must answer.
    const others = keptHost.filter((kept) => kept.of !== of).flatMap(({ routes }) => routes);
    return { service: of.service, routes: [...routesOf(of, guard(of.service.ref.name), isGuarded), ...others] };
  });
  const routes = keptHost.flatMap((kept) => kept.routes);
  return resolveVirtualHosts(EGRESS_PORT, byHost, { name: DEFAULT_BACKEND_HOST, domains: ['*'], routes }, report);
}

/** A host with its own routes for each service, and all routes of those by header in every host, the last one too. */
function partsOf(services: readonly TargetedService[]): number {
  const own = (of: TargetedService): number => of.ports.values().reduce((sum, { routes }) => sum + routes.length, 0);
  const kept = services.filter(({ isByHeader }) => isByHeader).reduce((sum, of) => sum + own(of), 0);
  const byHost = services.reduce((sum, of) => sum + 1 + (of.isByHeader ? 0 : own(of)), 0);
  return byHost + (services.length + 1) * kept;
}

function servicesOf(targeted: readonly TargetedRoute[]): readonly TargetedService[] {
  const known = targeted.flatMap(({ service, ...rest }) => (service === undefined ? [] : [{ service, ...rest }]));
  const groups = [...Map.groupBy(known, ({ service }) => service.ref.name)].sort(([a], [b]) => compareText(a, b));
  return groups.flatMap(([, group]) => {
    const [first] = group;
    if (first === undefined) return [];
    const ports = new Map(group.flatMap(({ traffic }) => (traffic === undefined ? [] : [[traffic.port, traffic] as const])));
    return [{ service: first.service, ports, isByHeader: group.some(({ entry }) => keepsHost(entry)) }];
  });
}

/** The service's own routes, on each port that is used, in the order of the ports. */
function routesOf(
  { service, ports }: TargetedService,
  conditions: readonly HeaderConditionIr[],
  hasServiceHeader: boolean,
): readonly RouteIr[] {
  const isMany = ports.size > 1;
  const remove = [...(hasServiceHeader ? [SERVICE_HEADER] : []), ...(isMany ? [PORT_HEADER] : [])];
  return [...ports]
    .sort(([a], [b]) => a - b)
    .flatMap(([port, { routes }]) => {
      const onPort: HeaderConditionIr[] = isMany ? [{ name: PORT_HEADER, kind: 'exact', value: String(port) }] : [];
      const headers = [...conditions, ...onPort];
      const own = {
        service: service.ref.name,
        ...(headers.length > 0 && { headers }),
        ...(remove.length > 0 && { headerChanges: { remove } }),
      };
      return routes.map((route) => ({ ...route, ...own }));
    });
}
