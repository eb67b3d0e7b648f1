import type { Init } from '@meshwright/envoy-api';
import type {
  HeaderMatcherSchema,
  QueryParameterMatcherSchema,
  RouteMatchSchema,
} from '@meshwright/envoy-api/gen/envoy/config/route/v3/route_components_pb.js';
import type {
  GrpcGatewayRouteMatch,
  GrpcRouteMatch,
  HeaderMatchMethod,
  HttpGatewayRouteMatch,
  HttpRouteHeader,
  HttpRouteMatch,
} from '@meshwright/model';
import type { HeaderConditionIr, MatchIr } from '../../ir/proxy.ts';
import type { Members } from '../../members.ts';
import { nothing, type Writers, write } from '../writers.ts';
import { headerCondition } from './headerCondition.ts';

type RouteMatchInit = Init<typeof RouteMatchSchema>;
type HeaderMatcherInit = Init<typeof HeaderMatcherSchema>;

interface MatchInit {
  pathSpecifier: NonNullable<RouteMatchInit['pathSpecifier']>;
  readonly headers: HeaderMatcherInit[];
  readonly queryParameters: Init<typeof QueryParameterMatcherSchema>[];
}

// Later rows overwrite earlier ones: a path wins over a prefix.
const conditions = {
  // Plain text: /foo also takes /foobar, as in App Mesh.
  prefix: (prefix, out) => {
    out.pathSpecifier = { case: 'prefix', value: prefix };
  },
  path: ({ exact, regex }, out) => {
    if (exact !== undefined) out.pathSpecifier = { case: 'path', value: exact };
    if (regex !== undefined) out.pathSpecifier = { case: 'safeRegex', value: { regex } };
  },
  method: (method, out) => void out.headers.push(exactHeader(':method', method)),
  scheme: (scheme, out) => void out.headers.push(exactHeader(':scheme', scheme)),
  headers: (headers, out) => void out.headers.push(...headers.map(headerMatcher)),
  queryParameters: (parameters, out) => {
    for (const { name, match: { exact } = {} } of parameters) {
      const specifier = exact === undefined ? ({ case: 'presentMatch', value: true } as const) : stringMatch('exact', exact);
      out.queryParameters.push({ name, queryParameterMatchSpecifier: specifier });
    }
  },
  // Chooses the route configuration instead: resolve/routers.ts.
  port: nothing,
} satisfies Writers<HttpRouteMatch, MatchInit>;

// Later rows overwrite earlier ones: a method is one path, a service all paths below it.
const grpcConditions = {
  serviceName: (service, out) => {
    out.pathSpecifier = { case: 'prefix', value: `/${service}/` };
  },
  methodName: (method, out, { serviceName = '' }) => {
    out.pathSpecifier = { case: 'path', value: `/${serviceName}/${method}` };
  },
  metadata: (metadata, out) => void out.headers.push(...metadata.map(headerMatcher)),
  // Chooses the route configuration instead: resolve/routers.ts.
  port: nothing,
} satisfies Writers<GrpcRouteMatch, MatchInit>;

const { scheme: _, ...gatewayShared } = conditions;
const gatewayConditions = {
  ...gatewayShared,
  // Chooses the virtual host instead: resolve/gateway/hosts.ts.
  hostname: nothing,
} satisfies Writers<HttpGatewayRouteMatch, MatchInit>;

const gatewayGrpcConditions = {
  serviceName: grpcConditions.serviceName,
  metadata: grpcConditions.metadata,
  port: nothing,
  // Chooses the virtual host instead: resolve/gateway/hosts.ts.
  hostname: nothing,
} satisfies Writers<GrpcGatewayRouteMatch, MatchInit>;

/** Translates what a route takes; without a condition on the path it takes every path, and a gRPC route every call. */
export function translateMatch(ir: MatchIr, headers: readonly HeaderConditionIr[] = []): RouteMatchInit {
  const out: MatchInit = { pathSpecifier: { case: 'prefix', value: '/' }, headers: [], queryParameters: [] };
  out.headers.push(...headers.map(headerCondition));
  switch (ir.kind) {
    case 'http':
      write<HttpRouteMatch, MatchInit>(conditions, ir.match, out);
      return out;
    case 'gatewayHttp':
      write<HttpGatewayRouteMatch, MatchInit>(gatewayConditions, ir.match, out);
      return out;
    case 'grpc':
      write<GrpcRouteMatch, MatchInit>(grpcConditions, ir.match, out);
      return { ...out, grpc: {} };
    case 'gatewayGrpc':
      write<GrpcGatewayRouteMatch, MatchInit>(gatewayGrpcConditions, ir.match, out);
      return { ...out, grpc: {} };
  }
}

const methods = {
  exact: text('exact'),
  prefix: text('prefix'),
  suffix: text('suffix'),
  regex: (regex, out) => {
    out.headerMatchSpecifier = { case: 'stringMatch', value: { matchPattern: { case: 'safeRegex', value: { regex } } } };
  },
  // The end is not in the range, in both APIs.
  range: ({ start, end }, out) => {
    out.headerMatchSpecifier = { case: 'rangeMatch', value: { start: BigInt(start), end: BigInt(end) } };
  },
} satisfies Writers<Members<HeaderMatchMethod>, HeaderMatcherInit>;

function headerMatcher({ name, match, invert = false }: HttpRouteHeader): HeaderMatcherInit {
  const out: HeaderMatcherInit = { name, invertMatch: invert, headerMatchSpecifier: { case: 'presentMatch', value: true } };
  if (match !== undefined) write<Members<HeaderMatchMethod>, HeaderMatcherInit>(methods, match, out);
  return out;
}

function text(pattern: 'exact' | 'prefix' | 'suffix') {
  return (value: string, out: HeaderMatcherInit): void => {
    out.headerMatchSpecifier = stringMatch(pattern, value);
  };
}

function exactHeader(name: string, value: string): HeaderMatcherInit {
  return { name, headerMatchSpecifier: stringMatch('exact', value) };
}

function stringMatch(pattern: 'exact' | 'prefix' | 'suffix', value: string) {
  return { case: 'stringMatch' as const, value: { matchPattern: { case: pattern, value } } };
}
