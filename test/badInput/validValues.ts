import { shapeOf } from '@meshwright/model/testing';
import type { Random } from './random.ts';

/** Names that are there when a run begins, and some that are not, by the member that carries them. */
export const NAMES: Readonly<Record<string, readonly string[]>> = {
  meshName: [...Array(12).fill('apps'), 'a/b c', 'new'],
  virtualNode: ['blue', 'green'],
  virtualNodeName: ['blue', 'green', 'red/1 \u00fc'],
  virtualRouterName: ['split', 'split', 'plain'],
  virtualServiceName: ['color.local', 'shape.local', '*.more'],
  virtualGatewayName: ['door', 'door', 'gate'],
  routeName: ['all', 'some', 'none'],
  gatewayRouteName: ['in', 'out', 'through'],
};

/** Strings that our rules want to be more than the API model says, by shape. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  HttpPathRegex: ['/.*', '^/v[0-9]+/(a|b)$'],
  TextFormat: ['%START_TIME% %REQ(:PATH)%\n', 'plain 100%%'],
  JsonValue: ['%PROTOCOL%', 'x'],
  ExactHostName: ['shop.example'],
  SuffixHostname: ['.example'],
  HttpGatewayRoutePrefix: ['/', '/v1/'],
  AwsCloudMapInstanceAttributeKey: ['stage'],
  AwsCloudMapInstanceAttributeValue: ['blue green'],
  Arn: ['arn:aws:acm:us-east-1:123456789012:certificate/c'],
  AccountId: ['123456789012'],
};

const LETTERS = [...'abcxyz019-. \u00e4\u4e2d\u{1f600}'];

/** Structures of which exactly one member is meant though the API model does not mark them, and what may stand beside it. */
const MEANT_UNIONS: Readonly<Record<string, readonly string[]>> = {
  RouteSpec: ['priority'],
  GatewayRouteSpec: ['priority'],
  HttpPathMatch: [],
  GatewayRouteHostnameMatch: [],
  HttpGatewayRoutePrefixRewrite: [],
};

type Value = Record<string, unknown>;

/** A random value of a shape that keeps the API model's limits and, where these are simple, our rules across members. */
export function validValue(random: Random, name: string, member = ''): unknown {
  const shape = shapeOf(name);
  switch (shape.type) {
    case 'boolean':
      return random.chance(0.5);
    case 'integer':
    case 'long':
      return validNumber(random, shape.min ?? 0, shape.max);
    case 'string':
      return NAMES[member] ? random.pick(NAMES[member]) : validText(random, name);
    case 'list': {
      const { min = 0, max = 3 } = shape;
      return Array.from({ length: random.integer(min, Math.min(max, Math.max(min, 2))) }, () =>
        validValue(random, shape.member?.shape ?? '', member),
      );
    }
    default:
      return mended(random, name, validStructure(random, name));
  }
}

function validNumber(random: Random, min: number, max = Number.MAX_SAFE_INTEGER): number {
  return random.pick([min, Math.min(max, 2 ** 31 - 1), random.integer(min, Math.min(max, min + 9000))]);
}

function validText(random: Random, name: string): string {
  const { enum: values, min = 1, max = 20 } = shapeOf(name);
  if (values !== undefined) return random.pick(values);
  if (TEXTS[name]) return random.pick(TEXTS[name]);
  const length = random.chance(0.05) ? Math.min(max, 300) : random.integer(Math.max(min, 1), Math.min(max, 8));
  return Array.from({ length }, () => random.pick(LETTERS)).join('');
}

function validStructure(random: Random, name: string): Value {
  const { members = {}, required = [], union = false } = shapeOf(name);
  const beside = MEANT_UNIONS[name] ?? [];
  const alone = Object.keys(members).filter((member) => !beside.includes(member));
  const chosen = union || MEANT_UNIONS[name] ? [random.pick(alone), ...beside.filter(() => random.chance(0.5))] : undefined;
  const wanted = Object.entries(members).filter(([member]) =>
    chosen === undefined ? required.includes(member) || random.chance(0.35) : chosen.includes(member),
  );
  return Object.fromEntries(wanted.map(([member, { shape }]) => [member, validValue(random, shape, member)]));
}

type Mend = (random: Random, value: Value) => void;

const onePort: Mend = (random, value) => {
  const seen = new Set<unknown>();
  const listeners = (value.listeners ?? []) as { portMapping: { port: number } }[];
  value.listeners = listeners.filter(({ portMapping: { port } }) => !seen.has(port) && seen.add(port));
  if (random.chance(0.7)) value.listeners = (value.listeners as unknown[]).slice(0, 1);
};

const pool: Mend = (_random, value) => {
  const { protocol } = value.portMapping as { protocol: string };
  if (value.connectionPool !== undefined && !(protocol in (value.connectionPool as object))) delete value.connectionPool;
};

const rarelyPort: Mend = (random, value) => {
  if (random.chance(0.9)) delete value.port;
};

const httpMatch: Mend = (random, value) => {
  rarelyPort(random, value);
  if (value.path === undefined || random.chance(0.8)) {
    delete value.path;
    value.prefix = random.pick(['/', '/v1']);
  } else delete value.prefix;
};

const grpcMatch: Mend = (random, value) => {
  rarelyPort(random, value);
  if (value.methodName !== undefined) value.serviceName ??= 'shop.Cart';
};

const headerMatch: Mend = (_random, value) => {
  if (value.regex !== undefined) value.regex = '^a+$';
};

/** What our rules want across members; most values get through with these, and what does not is refused as it should be. */
const MENDS: Readonly<Record<string, Mend>> = {
  VirtualNodeSpec: (random, value) => {
    onePort(random, value);
    if ((value.listeners as unknown[]).length > 0) value.serviceDiscovery ??= { dns: { hostname: 'blue.local' } };
  },
  VirtualRouterSpec: onePort,
  VirtualGatewaySpec: onePort,
  Listener: pool,
  VirtualGatewayListener: pool,
  HttpRouteMatch: httpMatch,
  HttpGatewayRouteMatch: httpMatch,
  GrpcRouteMatch: grpcMatch,
  GrpcGatewayRouteMatch: grpcMatch,
  TcpRouteMatch: rarelyPort,
  WeightedTarget: rarelyPort,
  GatewayRouteTarget: rarelyPort,
  HeaderMatchMethod: headerMatch,
  GrpcRouteMetadataMatchMethod: headerMatch,
  GrpcMetadataMatchMethod: headerMatch,
  MatchRange: (_random, value) => Object.assign(value, { start: 1, end: 10 }),
  QueryParameterMatch: (_random, value) => Object.assign(value, { exact: 'x' }),
  HttpGatewayRouteRewrite: (_random, value) => {
    if (value.path !== undefined) delete value.prefix;
  },
  HttpGatewayRoutePrefixRewrite: (_random, value) => {
    if (value.value !== undefined) value.value = '/v2/';
  },
};

function mended(random: Random, name: string, value: Value): Value {
  MENDS[name]?.(random, value);
  return value;
}
