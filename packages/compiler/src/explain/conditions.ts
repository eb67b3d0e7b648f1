import {
  type GrpcGatewayRouteMatch,
  type GrpcRouteMatch,
  type HttpGatewayRouteMatch,
  type HttpQueryParameter,
  type HttpRouteHeader,
  type HttpRouteMatch,
  matchesRegex,
} from '@meshwright/model';
import type { MatchIr, RouteIr } from '../ir/proxy.ts';
import { compilerHeaderUnmet, headerUnmet } from './headerConditions.ts';
import type { ReceivedRequest } from './request.ts';
import { type Unmet, unmet } from './unmet.ts';

// The counterpart of translate/route/match.ts: what is written there is judged here, row by row.

type Condition<Value, Model> = (wanted: Value, request: ReceivedRequest, whole: Model) => readonly Unmet[];

/** A condition for each field of a match: a field without one does not compile. */
type Conditions<Model> = { readonly [K in keyof Model]-?: Condition<NonNullable<Model[K]>, Model> };

/** For a field that has its say elsewhere; the row's comment says where. */
const elsewhere = (): readonly Unmet[] => [];

const conditions = {
  // A path beside it decides alone.
  prefix: (prefix, request, { path }) => (path === undefined ? beginsWith(prefix, request) : []),
  path: ({ exact, regex }, request) => [
    ...(exact === undefined || regex !== undefined || request.path === exact ? [] : [pathUnmet(JSON.stringify(exact), request)]),
    ...(regex === undefined || matchesRegex(regex, request.path) ? [] : [pathUnmet(`matches ${regex}`, request)]),
  ],
  method: (method, { request }) => (request.method === method ? [] : [unmet('method', method, request.method)]),
  scheme: (scheme, { request }) => (request.scheme === scheme ? [] : [unmet('scheme', scheme, request.scheme)]),
  headers: eachHeader,
  queryParameters: (parameters, request) => parameters.flatMap((parameter) => parameterUnmet(parameter, request)),
  // Chooses the route configuration: resolve/routers.ts.
  port: elsewhere,
} satisfies Conditions<HttpRouteMatch>;

const { scheme: _, ...gatewayShared } = conditions;
const gatewayConditions = {
  ...gatewayShared,
  // Chooses the virtual host: resolve/gateway/hosts.ts.
  hostname: elsewhere,
} satisfies Conditions<HttpGatewayRouteMatch>;

const grpcConditions = {
  // A method beside it is a path of its own.
  serviceName: (service, request, { methodName }: GrpcRouteMatch) => (methodName === undefined ? beginsWith(`/${service}/`, request) : []),
  methodName: (method, request, { serviceName = '' }) => {
    const path = `/${serviceName}/${method}`;
    return request.path === path ? [] : [pathUnmet(JSON.stringify(path), request)];
  },
  metadata: eachHeader,
  // Chooses the route configuration: resolve/routers.ts.
  port: elsewhere,
} satisfies Conditions<GrpcRouteMatch>;

const gatewayGrpcConditions = {
  serviceName: (service, request) => beginsWith(`/${service}/`, request),
  metadata: eachHeader,
  port: elsewhere,
  // Chooses the virtual host: resolve/gateway/hosts.ts.
  hostname: elsewhere,
} satisfies Conditions<GrpcGatewayRouteMatch>;

/** Every condition of a route that a request does not meet; none when the route takes it. */
export function unmetConditions({ match, headers = [] }: Pick<RouteIr, 'match' | 'headers'>, request: ReceivedRequest): readonly Unmet[] {
  return [...unmetBy(match, request), ...headers.flatMap((header) => compilerHeaderUnmet(header, request) ?? [])];
}

function unmetBy(ir: MatchIr, request: ReceivedRequest): readonly Unmet[] {
  switch (ir.kind) {
    case 'http':
      return judge<HttpRouteMatch>(conditions, ir.match, request);
    case 'gatewayHttp':
      return judge<HttpGatewayRouteMatch>(gatewayConditions, ir.match, request);
    case 'grpc':
      return [...grpcUnmet(request), ...judge<GrpcRouteMatch>(grpcConditions, ir.match, request)];
    case 'gatewayGrpc':
      return [...grpcUnmet(request), ...judge<GrpcGatewayRouteMatch>(gatewayGrpcConditions, ir.match, request)];
  }
}

function judge<Model extends object>(rows: Conditions<Model>, match: Model, request: ReceivedRequest): readonly Unmet[] {
  const table = Object.entries(rows) as [keyof Model, Condition<unknown, Model>][];
  return table.flatMap(([field, condition]) => {
    const wanted: unknown = match[field];
    return wanted === undefined ? [] : condition(wanted, request, match);
  });
}

function beginsWith(prefix: string, request: ReceivedRequest): readonly Unmet[] {
  return request.path.startsWith(prefix) ? [] : [pathUnmet(`begins with ${JSON.stringify(prefix)}`, request)];
}

function pathUnmet(wanted: string, { path }: ReceivedRequest): Unmet {
  return unmet('path', wanted, JSON.stringify(path));
}

function eachHeader(headers: readonly HttpRouteHeader[], request: ReceivedRequest): readonly Unmet[] {
  return headers.flatMap((header) => headerUnmet(header, request) ?? []);
}

function parameterUnmet({ name, match }: HttpQueryParameter, { query }: ReceivedRequest): readonly Unmet[] {
  const found = query.get(name);
  const isMet = match?.exact === undefined ? found !== undefined : found === match.exact;
  const wanted = match?.exact === undefined ? 'present' : JSON.stringify(match.exact);
  return isMet ? [] : [unmet('queryParameter', wanted, found === undefined ? undefined : JSON.stringify(found), name)];
}

/** Not `application/grpc-web`, and nothing with parameters. */
function grpcUnmet({ values }: ReceivedRequest): readonly Unmet[] {
  const [type] = values('content-type');
  if (type !== undefined && /^application\/grpc(?:\+.*)?$/s.test(type)) return [];
  return [unmet('grpc', 'content-type application/grpc, or application/grpc+…', type === undefined ? undefined : JSON.stringify(type))];
}
