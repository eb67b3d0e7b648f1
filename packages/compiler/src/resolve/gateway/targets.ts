import type { ClientPolicy, Duration, HttpTimeout } from '@meshwright/model';
import { pointer, type Report } from '../../diagnostics.ts';
import type { Reader } from '../../incremental/unit.ts';
import type { HttpProtocol, RouteIr } from '../../ir/proxy.ts';
import { withPolicy } from '../backends.ts';
import { type ResolvedService, service } from '../services.ts';
import type { HttpTraffic, PortTraffic } from '../traffic.ts';
import { type GatewayRouteResource, targetName } from './gatewayRoutes.ts';
import { reportRewriteProblems } from './rewriteProblems.ts';

/** A gateway route with what answers for its target. */
export interface TargetedRoute {
  readonly entry: GatewayRouteResource;
  /** Undefined when requests cannot be sent there, or not as they would be rewritten: the route is answered 503. */
  readonly service: ResolvedService | undefined;
  /** Port of the virtual service, if the route says one or the service has one to be told from others. */
  readonly port: number | undefined;
  /** What the service does there; undefined = nothing says, and its host has no routes. */
  readonly traffic: HttpTraffic | undefined;
}

/** Finds what answers for a gateway route's target, with the gateway's client policy. */
export function resolveGatewayTarget(reader: Reader, entry: GatewayRouteResource, policy: ClientPolicy | undefined): TargetedRoute {
  const found = reader.use(service, targetName(entry));
  const { port } = entry.route.action.target;
  if (reportRewriteProblems(entry, reader.report)) return { entry, service: undefined, port, traffic: undefined };
  if (found === undefined) {
    report(reader, entry, `there is no virtual service "${targetName(entry)}"`);
    return { entry, service: undefined, port, traffic: undefined };
  }
  const resolved = withPolicy(reader.mesh, found, policy);
  if (resolved.ports === undefined) return { entry, service: resolved, port, traffic: undefined };
  const chosen = choose(resolved.ports, port);
  if (chosen?.protocol === undefined || chosen.protocol === 'tcp') {
    const what = chosen === undefined ? `has no port ${port ?? 'at all'}` : `speaks tcp on port ${chosen.port}`;
    report(reader, entry, `virtual service "${targetName(entry)}" ${what}`);
    return { entry, service: undefined, port, traffic: undefined };
  }
  return { entry, service: resolved, port: chosen.port, traffic: chosen };
}

/** Where a route names no port its service should have one; if it has several, the first that carries requests is meant. */
function choose(ports: readonly PortTraffic[], port: number | undefined): PortTraffic | undefined {
  if (port !== undefined) return ports.find((candidate) => candidate.port === port);
  return ports.find(({ protocol }) => protocol !== 'tcp') ?? ports[0];
}

function report({ report: tell }: Reader, { kind, resource: { ref } }: GatewayRouteResource, problem: string): void {
  tell({
    code: 'unresolved-target',
    severity: 'error',
    ref,
    pointer: pointer(kind, 'action', 'target'),
    message: `Requests that match this gateway route are answered 503: ${problem}.`,
    fix: 'name a virtual service and a port of it that carries requests',
  });
}

/** Tells where HTTP meets gRPC; HTTP/1.1 and HTTP/2 are led to each other by Envoy. */
export function reportMismatch({ entry, traffic }: TargetedRoute, tell: Report): void {
  if (traffic === undefined || isUnderstood(entry.protocol, traffic.protocol)) return;
  const { kind, resource } = entry;
  const { port, protocol, routes } = traffic;
  // A node that answers itself takes whatever comes; the routes of a router of gRPC take calls alone.
  const isTaken = routes.some(({ match }) => match.kind === 'http');
  const toGrpc = isTaken
    ? 'requests are sent to it over HTTP/2, calls or not'
    : 'requests are answered 404, for its routes take gRPC calls alone';
  const consequence = protocol === 'grpc' ? toGrpc : 'calls are sent on over HTTP/1.1, where gRPC does not work';
  tell({
    code: 'protocol-mismatch',
    severity: protocol === 'grpc' && isTaken ? 'warning' : 'error',
    ref: resource.ref,
    pointer: pointer(kind, 'action', 'target'),
    message: `${kind === 'grpcRoute' ? 'A' : 'An'} ${kind} is for ${entry.protocol}, but virtual service "${targetName(entry)}" speaks ${protocol} on port ${port}: ${consequence}.`,
    fix: 'give the gateway route, its listener and the virtual service the same protocol, or name another port of the service',
  });
}

function isUnderstood(sent: GatewayRouteResource['protocol'], spoken: HttpProtocol): boolean {
  return sent === 'grpc' ? spoken !== 'http' : spoken !== 'grpc';
}

/** Envoy's own time limits, which hold where a route has none. */
const DEFAULT_MILLIS = { perRequest: 15_000, idle: 300_000 } as const;

/**
 * Time limits of the first pass: the longest of the routes behind the target, for the second pass has its own. None where there
 * are no routes.
 */
export function longestTimeout(routes: readonly RouteIr[]): HttpTimeout | undefined {
  if (routes.length === 0) return undefined;
  const known = timeouts.get(routes);
  if (known !== undefined) return known;
  const made = longestOf(routes);
  timeouts.set(routes, made);
  return made;
}

/** By the routes they are of: every listener of a gateway asks for those of every gateway route. */
const timeouts = new WeakMap<readonly RouteIr[], HttpTimeout>();

function longestOf(routes: readonly RouteIr[]): HttpTimeout {
  const longest = (member: keyof HttpTimeout): number => {
    const all = routes.map(({ timeout }) => millisOf(timeout?.[member]) ?? DEFAULT_MILLIS[member]);
    // 0 = no limit.
    return all.includes(0) ? 0 : Math.max(...all);
  };
  const idle = longest('idle');
  return { perRequest: duration(longest('perRequest')), ...(idle !== DEFAULT_MILLIS.idle && { idle: duration(idle) }) };
}

function millisOf(time: Duration | undefined): number | undefined {
  return time && (time.value ?? 0) * (time.unit === 'ms' ? 1 : 1000);
}

function duration(millis: number): Duration {
  return { value: millis, unit: 'ms' };
}
