import {
  type ClientPolicy,
  type Diagnostic,
  type DnsServiceDiscovery,
  type Duration,
  type GatewayRouteHostnameMatch,
  type GatewayRouteTarget,
  type GrpcGatewayRoute,
  type GrpcGatewayRouteRewrite,
  type GrpcRoute,
  type HeaderMatchMethod,
  type HttpGatewayRoute,
  type HttpGatewayRouteRewrite,
  type HttpRetryPolicy,
  type HttpRoute,
  type HttpRouteHeader,
  type HttpTimeout,
  type Kind,
  type Listener,
  type Ref,
  resourcePath,
  type ServiceDiscovery,
  type Specs,
  type TcpRoute,
  type TcpRouteMatch,
  type VirtualGatewayListener,
  type VirtualServiceProvider,
} from '@meshwright/model';
import { type Finding, pointer, quoted, type Report } from '../diagnostics.ts';
import type { Unit } from '../incremental/unit.ts';
import { nameProblem } from '../ir/discoveryName.ts';
import { EGRESS_PORT, INGRESS_PORT } from '../ir/names.ts';
import type { Members } from '../members.ts';
import type { GatewayRouteResource } from './gateway/gatewayRoutes.ts';
import {
  expressionNeverMet,
  headerNeverMet,
  hostEndNeverMet,
  hostNeverMet,
  methodNeverMet,
  pathNeverMet,
  prefixNeverMet,
} from './neverMet.ts';
import type { RouteResource } from './routeKinds.ts';

// How far the compiler takes each field of the model, down to the last. A field without a row does not compile; when a field
// becomes supported, its row becomes `compiled` and its writer goes to `translate/`.

/** Says of a field's value what is not compiled; nothing where it is compiled in full. */
type Row<T> = (value: T, place: Place) => void;
type Table<T> = { readonly [K in keyof T]-?: Row<NonNullable<T[K]>> };

/** Where a value stands, and whom to tell about it. */
interface Place {
  readonly ref: Ref;
  readonly pointer: string;
  /** What the value is a member of. */
  readonly whole: object;
  readonly report: Report;
}

/** Reports what a resource of this kind asks for that the compiler does not do yet. */
function support<K extends Kind>(kind: K, table: Table<Specs[K]>): Unit<Ref<K>, void> {
  return {
    name: `support of ${kind}`,
    keyOf: ({ name, parent }) => JSON.stringify([name, parent]),
    blame: (ref) => ({ ref, what: resourcePath(ref), consequence: 'what it asks for was not looked through' }),
    work: (ref, { get, report }) => {
      const resource = get(ref);
      if (resource !== undefined) check(table, resource.spec, { ref, pointer: '', whole: resource, report });
    },
  };
}

/** Whether a node's listener is served: not when it insists on TLS, which in plain text it must not be. */
export function isCompiledListener({ tls }: Pick<Listener, 'tls'>): boolean {
  return tls?.mode !== 'STRICT';
}

/** Whether a node's proxy listens on this port itself: an application "there" would be the proxy, which would then dial itself without end. */
export function isProxyPort(port: number): boolean {
  return port === INGRESS_PORT || port === EGRESS_PORT;
}

/** Whether a client policy forbids plain text to a server's listener on this port. */
export function requiresTls(policy: ClientPolicy | undefined, port: number): boolean {
  if (policy?.tls === undefined || policy.tls.enforce === false) return false;
  const { ports = [] } = policy.tls;
  return ports.length === 0 || ports.includes(port);
}

/**
 * Whether all of what a route takes, and where it sends that, is compiled; otherwise it is left out, for it would take more than was
 * written. So is one that takes nothing.
 */
export function isCompiledRoute({ kind, route, resource: { ref } }: RouteResource): boolean {
  const found: Diagnostic[] = [];
  const place: Place = { ref, pointer: '', whole: route, report: (diagnostic) => void found.push(diagnostic) };
  check(actionTable, route.action, place);
  if (kind === 'grpcRoute') check(grpcMatchTable, route.match, place);
  else if (kind === 'tcpRoute') check(tcpMatchTable, route.match ?? {}, place);
  else check(matchTable, route.match, place);
  return found.length === 0;
}

/** Whether all of what a gateway route takes, and where it sends that, is compiled, and there is something it takes; otherwise it is left out. */
export function isCompiledGatewayRoute({ kind, route, resource: { ref } }: GatewayRouteResource): boolean {
  const found: Diagnostic[] = [];
  const place: Place = { ref, pointer: '', whole: route, report: (diagnostic) => void found.push(diagnostic) };
  if (kind === 'grpcRoute') check(grpcGatewayRouteTable, route, place);
  else check(httpGatewayRouteTable, route, place);
  return found.length === 0;
}

const compiled = (): void => {};
const error = (message: string, fix: string) => notYet({ severity: 'error', message, fix });
const warning = (message: string, fix: string) => notYet({ severity: 'warning', message, fix });

function notYet(finding: Omit<Finding, 'code'>) {
  return (_: unknown, { ref, pointer, report }: Place): void => report({ code: 'not-compiled-yet', ...finding, ref, pointer });
}

function check<T extends object>(table: Table<T>, value: T, place: Place): void {
  const rows = new Map(Object.entries(table) as [string, Row<unknown>][]);
  for (const [key, member] of Object.entries(value)) {
    if (member !== undefined) (rows.get(key) ?? unknownMember)(member, { ...place, whole: value, pointer: place.pointer + pointer(key) });
  }
}

/** A field that a newer release stored, before this one was put back. */
const unknownMember = error(
  'This release does not know this field: it has no effect; a route that has it in its match or action is left out.',
  'run the release that wrote it, or remove it',
);

function nested<T extends object>(table: Table<NoInfer<T>>): Row<T> {
  return (value, place) => check(table, value, place);
}

function each<T>(row: Row<T>): Row<readonly T[]> {
  return (values, place) => {
    for (const [index, value] of values.entries()) row(value, { ...place, pointer: place.pointer + pointer(index) });
  };
}

/** What every setting that waits for its release has in common: nobody has to take it out for that. */
const KEPT = 'The setting is stored, and will be used once it is compiled';
const LEAVE = 'leave it, nothing needs to be removed';

const accessLogs = warning(
  `Access logs are not compiled yet: requests are served as usual, and no line is written. ${KEPT}.`,
  `${LEAVE}; until then, the proxy's statistics count requests and answers`,
);
const clientTls = error(
  `Client TLS is not compiled yet: where it is enforced, requests are answered 503 and TCP connections closed rather than sent in plain text; where enforce is false, all goes out in plain text. ${KEPT}.`,
  'leave it where nothing may go out in plain text; set enforce to false where plain text will do until then',
);

/** Reports a condition that no request meets. */
function meetable(neverMet: (text: string) => Omit<Finding, 'code' | 'severity'> | undefined): Row<string> {
  return (text, { ref, pointer, report }) => {
    const finding = neverMet(text);
    if (finding !== undefined) report({ code: 'match-never-met', severity: 'error', ...finding, ref, pointer });
  };
}

/** Reports a name that cannot be looked up; those who send to the node are told of it where they do. */
function resolvable(hostname: string, { ref, pointer, report }: Place): void {
  const why = nameProblem(hostname);
  if (why === undefined) return;
  report({
    code: 'unresolvable-name',
    severity: 'error',
    ref,
    pointer,
    message: `${quoted(hostname)} cannot be looked up, for ${why}: requests to this node are answered 503, and TCP connections closed.`,
    fix: 'write a host name such as orders.apps.local, or an IP address; the port is that of the listener',
  });
}

const meshTable: Table<Specs['mesh']> = {
  egressFilter: compiled,
  serviceDiscovery: nested({ ipPreference: compiled }),
};

const strictTls = error(
  `Listener TLS is not compiled yet: this listener is left out rather than served in plain text, and nothing gets through it. ${KEPT}.`,
  'leave it where nothing may come in plain text; set mode to DISABLED or PERMISSIVE where plain text will do until then',
);
const permissiveTls = error(
  `Listener TLS is not compiled yet: this listener takes plain text only, and clients that speak TLS fail. ${KEPT}.`,
  'leave it if all clients may speak plain text until then; set mode to DISABLED to say so',
);
const listenerTable: Table<Listener> = {
  portMapping: nested({ port: compiled, protocol: compiled }),
  timeout: compiled,
  tls: ({ mode }, place) => {
    if (mode === 'DISABLED') return;
    if (mode === 'STRICT') strictTls(mode, place);
    else permissiveTls(mode, place);
  },
  connectionPool: warning(
    `Connection pools are not compiled yet: traffic flows, and nothing limits how much reaches the application at once. ${KEPT}.`,
    `${LEAVE}; until then, limit connections in the application where it needs a limit`,
  ),
  healthCheck: warning(
    `Health checks are not compiled yet: every address of the node gets its share of the traffic, also one that would fail the check. ${KEPT}.`,
    `${LEAVE}; until then, take addresses that fail out of DNS, and let routes retry`,
  ),
  outlierDetection: warning(
    `Outlier detection is not compiled yet: an address that answers with errors keeps its share of the traffic. ${KEPT}.`,
    `${LEAVE}; until then, take addresses that fail out of DNS, and let routes retry`,
  ),
};

const gatewayListenerTable: Table<VirtualGatewayListener> = {
  portMapping: nested({ port: compiled, protocol: compiled }),
  tls: listenerTable.tls,
  connectionPool: listenerTable.connectionPool,
  // App Mesh took it and did nothing with it.
  healthCheck: compiled,
};
const gatewayTable: Table<Specs['virtualGateway']> = {
  listeners: each(nested(gatewayListenerTable)),
  backendDefaults: nested({ clientPolicy: nested({ tls: clientTls }) }),
  logging: nested({ accessLog: accessLogs }),
};

const dnsTable: Table<DnsServiceDiscovery> = { hostname: resolvable, responseType: compiled, ipPreference: compiled };
const discoveryTable: Table<Members<ServiceDiscovery>> = {
  dns: nested(dnsTable),
  awsCloudMap: error(
    `AWS Cloud Map discovery is not compiled yet: requests to this node are answered 503, and TCP connections closed. ${KEPT}.`,
    'until then, find the node by dns; a private DNS namespace of Cloud Map answers to SERVICE.NAMESPACE',
  ),
};

const nodeTable: Table<Specs['virtualNode']> = {
  listeners: each(nested(listenerTable)),
  serviceDiscovery: nested(discoveryTable),
  backends: each(nested({ virtualService: nested({ virtualServiceName: compiled, clientPolicy: nested({ tls: clientTls }) }) })),
  backendDefaults: nested({ clientPolicy: nested({ tls: clientTls }) }),
  logging: nested({ accessLog: accessLogs }),
};

const routerTable: Table<Specs['virtualRouter']> = {
  listeners: each(nested({ portMapping: nested({ port: compiled, protocol: compiled }) })),
};

// A condition that is stored but not compiled gets `error('… is not compiled yet: this route is left out.', …)`, whichever table it is in.
const headerMethods: Table<Members<HeaderMatchMethod>> = {
  exact: compiled,
  prefix: compiled,
  range: nested({ start: compiled, end: compiled }),
  regex: compiled,
  suffix: compiled,
};
const headerTable: Table<HttpRouteHeader> = {
  name: (name, place) => {
    // That a header is not there is always true of one that never is.
    const { invert = false, match } = place.whole as HttpRouteHeader;
    if (!invert || match !== undefined) meetable(headerNeverMet)(name, place);
  },
  invert: compiled,
  match: nested(headerMethods),
};
const matchTable: Table<HttpRoute['match']> = {
  headers: each(nested(headerTable)),
  method: meetable(methodNeverMet),
  path: nested({ exact: meetable(pathNeverMet), regex: meetable(expressionNeverMet) }),
  port: compiled,
  prefix: (prefix, place) => {
    // A path wins over a prefix.
    if (!('path' in place.whole)) meetable(prefixNeverMet)(prefix, place);
  },
  queryParameters: each(nested({ name: compiled, match: nested({ exact: compiled }) })),
  scheme: compiled,
};
const actionTable: Table<HttpRoute['action']> = {
  weightedTargets: each(nested({ virtualNode: compiled, port: compiled, weight: compiled })),
};
const duration: Table<Duration> = { unit: compiled, value: compiled };
const httpTimeout: Table<HttpTimeout> = { idle: nested(duration), perRequest: nested(duration) };
const httpRetry: Table<HttpRetryPolicy> = {
  httpRetryEvents: compiled,
  maxRetries: compiled,
  perRetryTimeout: nested(duration),
  tcpRetryEvents: compiled,
};
const httpRouteTable: Table<HttpRoute> = {
  match: nested(matchTable),
  action: nested(actionTable),
  retryPolicy: nested(httpRetry),
  timeout: nested(httpTimeout),
};
const grpcMatchTable: Table<GrpcRoute['match']> = {
  metadata: each(nested(headerTable)),
  methodName: compiled,
  port: compiled,
  serviceName: compiled,
};
const grpcRouteTable: Table<GrpcRoute> = {
  match: nested(grpcMatchTable),
  action: nested(actionTable),
  retryPolicy: nested({ ...httpRetry, grpcRetryEvents: compiled }),
  timeout: nested(httpTimeout),
};
const tcpMatchTable: Table<TcpRouteMatch> = { port: compiled };
const tcpRouteTable: Table<TcpRoute> = {
  match: nested(tcpMatchTable),
  action: nested(actionTable),
  timeout: nested({ idle: nested(duration) }),
};
const routeTable: Table<Members<Specs['route']>> = {
  httpRoute: nested(httpRouteTable),
  http2Route: nested(httpRouteTable),
  grpcRoute: nested(grpcRouteTable),
  tcpRoute: nested(tcpRouteTable),
  priority: compiled,
};

const hostnameTable: Table<Members<GatewayRouteHostnameMatch>> = { exact: meetable(hostNeverMet), suffix: meetable(hostEndNeverMet) };
const gatewayTarget: Table<GatewayRouteTarget> = { port: compiled, virtualService: nested({ virtualServiceName: compiled }) };
const hostnameRewrite = nested({ defaultTargetHostname: compiled });
const httpRewrite: Table<HttpGatewayRouteRewrite> = {
  hostname: hostnameRewrite,
  path: nested({ exact: compiled }),
  prefix: nested({ defaultPrefix: compiled, value: compiled }),
};
const grpcRewrite: Table<GrpcGatewayRouteRewrite> = { hostname: hostnameRewrite };
const { scheme: _, ...gatewayConditions } = matchTable;
const httpGatewayRouteTable: Table<HttpGatewayRoute> = {
  match: nested({ ...gatewayConditions, hostname: nested(hostnameTable) }),
  action: nested({ target: nested(gatewayTarget), rewrite: nested(httpRewrite) }),
};
const grpcGatewayRouteTable: Table<GrpcGatewayRoute> = {
  match: nested({
    hostname: nested(hostnameTable),
    metadata: grpcMatchTable.metadata,
    port: compiled,
    serviceName: compiled,
  }),
  action: nested({ target: nested(gatewayTarget), rewrite: nested(grpcRewrite) }),
};
const gatewayRouteTable: Table<Members<Specs['gatewayRoute']>> = {
  httpRoute: nested(httpGatewayRouteTable),
  http2Route: nested(httpGatewayRouteTable),
  grpcRoute: nested(grpcGatewayRouteTable),
  priority: compiled,
};

const providerTable: Table<Members<VirtualServiceProvider>> = {
  virtualNode: nested({ virtualNodeName: compiled }),
  virtualRouter: nested({ virtualRouterName: compiled }),
};
const serviceTable: Table<Specs['virtualService']> = { provider: nested(providerTable) };

/** What of a mesh is not compiled yet. */
export const meshSupport = support('mesh', meshTable);
/** What of a virtual node is not compiled yet. */
export const nodeSupport = support('virtualNode', nodeTable);
/** What of a virtual router is not compiled yet. */
export const routerSupport = support('virtualRouter', routerTable);
/** What of a route is not compiled yet. */
export const routeSupport = support('route', routeTable as Table<Specs['route']>);
/** What of a virtual service is not compiled yet. */
export const serviceSupport = support('virtualService', serviceTable);
/** What of a virtual gateway is not compiled yet. */
export const gatewaySupport = support('virtualGateway', gatewayTable);
/** What of a gateway route is not compiled yet. */
export const gatewayRouteSupport = support('gatewayRoute', gatewayRouteTable as Table<Specs['gatewayRoute']>);
