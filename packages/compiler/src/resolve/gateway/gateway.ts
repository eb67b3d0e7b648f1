import { type Resource, resourcePath, type VirtualGatewayListener } from '@meshwright/model';
import { pointer, type Report } from '../../diagnostics.ts';
import type { Reader } from '../../incremental/unit.ts';
import { EGRESS_LISTENER, EGRESS_PORT, gatewayListenerName, routeConfigName, selfRedirectClusterName } from '../../ir/names.ts';
import type { GatewayEgressIr, GatewayIngressIr, ProxyIr, RouteConfigIr, SelfRedirectIr } from '../../ir/proxy.ts';
import { PartCount } from '../../tooLarge.ts';
import { ipPreferenceOf } from '../meshSpec.ts';
import { reportNeverUsed, routeShare } from '../neverUsed.ts';
import { gatewayRouteSupport, isCompiledGatewayRoute, isCompiledListener } from '../support.ts';
import { usedClusters } from '../traffic.ts';
import { firstPassRoutes } from './firstPass.ts';
import { compareGatewayRoutes, type GatewayRouteResource, gatewayRouteIn, hostnameOf, serves } from './gatewayRoutes.ts';
import { gatewayHosts } from './hosts.ts';
import { secondPassHosts, servicesOfManyPorts } from './secondPass.ts';
import { reportMismatch, resolveGatewayTarget, type TargetedRoute } from './targets.ts';

/**
 * What the proxy of a virtual gateway has to do, in two passes: its listeners choose a virtual service and rewrite host and path,
 * then send requests to a listener of its own, which routes as for any client of that service, on what was rewritten.
 * @throws TooLarge when its routes, multiplied by hosts and listeners, come to more than a proxy may get.
 */
export function resolveGatewayProxy(reader: Reader, gateway: Resource<'virtualGateway'>): ProxyIr {
  const { ref, spec } = gateway;
  const written = reader.list('gatewayRoute', ref.name);
  for (const route of written) reader.use(gatewayRouteSupport, route.ref);
  const routes = written.map(gatewayRouteIn).filter(isCompiledGatewayRoute).sort(compareGatewayRoutes);
  const targeted = routes.map((route) => resolveGatewayTarget(reader, route, spec.backendDefaults?.clientPolicy));
  for (const target of targeted) {
    if (spec.listeners.some(({ portMapping }) => serves(portMapping, target.entry))) reportMismatch(target, reader.report);
    else reportUnserved(gateway, target.entry, reader.report);
  }
  reportNeverUsedRoutes(routes, spec.listeners, reader.report);
  const passes: Passes = { targeted, manyPorts: servicesOfManyPorts(targeted), parts: new PartCount() };
  const ports = spec.listeners.flatMap((listener, position) => ingressPort(reader, gateway, listener, position, passes));
  const source = { resource: resourcePath(ref), pointer: '' };
  const secondPass: RouteConfigIr = {
    name: routeConfigName('egress', 'http', EGRESS_PORT),
    source,
    virtualHosts: secondPassHosts(targeted, reader.report, passes.parts),
  };
  const chain = { kind: 'http', port: EGRESS_PORT, statPrefix: 'egress', routeConfig: secondPass.name } as const;
  const egress: GatewayEgressIr = { kind: 'gatewayEgress', name: EGRESS_LISTENER, source, chain };
  const traffic = targeted.flatMap(({ traffic: own }) => own ?? []);
  return {
    listeners: [...ports.map(({ listener }) => listener), egress],
    routeConfigs: [...ports.map(({ routeConfig }) => routeConfig), secondPass],
    clusters: [...ports.flatMap(({ clusters }) => clusters), ...usedClusters([], [secondPass], traffic)],
  };
}

function reportNeverUsedRoutes(
  routes: readonly GatewayRouteResource[],
  listeners: readonly VirtualGatewayListener[],
  report: Report,
): void {
  const shares = routes.map((route) => ({ route, share: routeShare(route) }));
  const onEach = listeners.map(({ portMapping }) => shares.flatMap(({ route, share }) => (serves(portMapping, route) ? [share] : [])));
  reportNeverUsed(onEach, report);
}

/** What all listeners of a gateway have in common. */
interface Passes {
  readonly targeted: readonly TargetedRoute[];
  readonly manyPorts: ReadonlySet<string>;
  readonly parts: PartCount;
}

interface IngressPort {
  readonly listener: GatewayIngressIr;
  readonly routeConfig: RouteConfigIr;
  /** None when no route leads to the second pass. */
  readonly clusters: readonly SelfRedirectIr[];
}

function ingressPort(
  reader: Reader,
  { ref, spec }: Resource<'virtualGateway'>,
  listener: VirtualGatewayListener,
  position: number,
  { targeted, manyPorts, parts }: Passes,
): readonly IngressPort[] {
  const { report } = reader;
  const { port, protocol } = listener.portMapping;
  if (port === EGRESS_PORT) reportReserved(ref, position, report);
  if (port === EGRESS_PORT || !isCompiledListener(listener)) return [];
  const source = { resource: resourcePath(ref), pointer: pointer('listeners', position) };
  const isOne = spec.listeners.length === 1;
  const cluster = selfRedirectClusterName(ref.mesh, ref.name, protocol, isOne ? undefined : port);
  const self = { cluster, port, manyPorts };
  const served = targeted.filter(({ entry }) => serves(listener.portMapping, entry));
  const entries = served.map((target) => ({ hostname: hostnameOf(target.entry), routes: firstPassRoutes(target, self, report) }));
  const routeConfig = routeConfigName('ingress', protocol, port);
  const statPrefix = isOne ? 'ingress' : `ingress.${protocol}.${port}`;
  const chain = { kind: 'http', port, statPrefix, routeConfig } as const;
  const isUsed = served.some(({ service }) => service !== undefined);
  return [
    {
      listener: { kind: 'gatewayIngress', name: gatewayListenerName(port), source, chain, ...ipPreferenceOf(reader) },
      routeConfig: { name: routeConfig, source, virtualHosts: gatewayHosts(entries, parts), ignoresPortInHost: true },
      clusters: isUsed ? [{ kind: 'selfRedirect', name: cluster, source, listener }] : [],
    },
  ];
}

function reportReserved(ref: Resource['ref'], position: number, report: Report): void {
  report({
    code: 'port-taken',
    severity: 'error',
    ref,
    pointer: pointer('listeners', position, 'portMapping', 'port'),
    message: `This listener is left out, for the gateway needs port ${EGRESS_PORT} itself: clients do not reach it there.`,
    fix: 'give the listener another port',
  });
}

function reportUnserved({ ref }: Resource<'virtualGateway'>, entry: GatewayRouteResource, report: Report): void {
  const { port } = entry.route.match;
  const where = port === undefined ? '' : ` on port ${port}`;
  report({
    code: 'route-without-listener',
    severity: 'error',
    ref: entry.resource.ref,
    pointer: port === undefined ? pointer(entry.kind) : pointer(entry.kind, 'match', 'port'),
    message: `This route is never used: virtual gateway "${ref.name}" has no listener of protocol ${entry.protocol}${where}.`,
    fix: 'change the port or protocol of one of them',
  });
}
