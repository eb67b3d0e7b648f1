import { type Limit, type Shape, shapeOf } from './shapes.ts';
import { asIs, type Form, forms, illegalScalars, legalScalars, samples, wrongTypes } from './values.ts';

/** A value sent in one place of a request that is in order otherwise. */
export interface Probe {
  /** Where, as refusals spell it, such as `spec.listeners[0].portMapping.port`. */
  readonly field: string;
  /** What the value is about: a limit it stands at or goes beyond, its type, or its being there. */
  readonly about: Limit | 'type' | 'required' | 'unknown';
  /** The whole with the value in it. */
  readonly sent: unknown;
  /** What the whole must be read as; absent where it must be refused. */
  readonly expected?: unknown;
}

type Wrap = (value: unknown) => unknown;

/** Name of a virtual node with listeners on ports 1 and 65535, and of a virtual service that it provides. */
export const WITH_PORTS = 'ports';

// What our rules want beside what the model requires, so that a probe breaks one limit and nothing else.
const extras: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  VirtualNodeSpec: { serviceDiscovery: { dns: { hostname: 'h' } } },
  HttpRouteMatch: { prefix: '/' },
  HttpGatewayRouteMatch: { hostname: { exact: 'h' } },
  GrpcRouteMatch: { serviceName: 's' },
  QueryParameterMatch: { exact: 'e' },
  MatchRange: { start: -1, end: Number.MAX_SAFE_INTEGER },
};

// What has to stand beside one member for all its legal values to be in order.
const companions: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'WeightedTarget.port': { virtualNode: WITH_PORTS },
  'GatewayRouteTarget.port': { virtualService: { virtualServiceName: WITH_PORTS } },
};

/** Structures that mean "one of" without being marked as unions, and what may stand beside the one. */
const meantUnions: Readonly<Record<string, readonly string[]>> = {
  RouteSpec: ['priority'],
  GatewayRouteSpec: ['priority'],
  HttpPathMatch: [],
  GatewayRouteHostnameMatch: [],
};

/** All probes of a shape and of everything in it, but for its being there at all. */
export function probesOf(name: string, field: string, wrap: Wrap = (value) => value, member = ''): readonly Probe[] {
  const probes = [...shapeProbes(name, field, wrap, member)];
  return probes.map((probe) => ('expected' in probe ? { ...probe, sent: settled(probe.sent), expected: settled(probe.expected) } : probe));
}

function* shapeProbes(name: string, field: string, wrap: Wrap, member: string): Iterable<Probe> {
  const shape = shapeOf(name);
  for (const [about, value] of wrongTypes(shape)) yield { field, about, sent: wrap(value) };
  if (shape.type === 'structure') yield* structureProbes(name, field, wrap);
  else if (shape.type === 'list') yield* listProbes(shape, field, wrap);
  else yield* scalarProbes(shape, field, wrap, member);
}

function* scalarProbes(shape: Shape, field: string, wrap: Wrap, member: string): Iterable<Probe> {
  const form = formOf(member);
  const legal = samples[member]?.map((value) => ['type', value] as const) ?? legalScalars(shape, form);
  for (const [about, value] of legal) yield { field, about, sent: wrap(value), expected: wrap(value) };
  for (const [about, value] of illegalScalars(shape, form)) yield { field, about, sent: wrap(value) };
}

function* structureProbes(name: string, field: string, wrap: Wrap): Iterable<Probe> {
  const { members = {}, required = [], union = false } = shapeOf(name);
  const beside = meantUnions[name];
  const alone = union || beside !== undefined;
  for (const [member, { shape }] of Object.entries(members)) {
    const rest = restOf(name, member);
    const inside: Wrap = (value) => wrap({ ...rest, [member]: value });
    const besides: Wrap = (value) => wrap({ ...rest, ...companions[`${name}.${member}`], [member]: value });
    const where = `${field}.${member}`;
    const whole = { ...rest, ...companions[`${name}.${member}`], [member]: minimal(shape, `${name}.${member}`) };
    yield* shapeProbes(shape, where, besides, `${name}.${member}`);
    yield { field, about: union ? 'union' : 'unknown', sent: wrap({ ...whole, unknownMember: 1 }), expected: wrap(whole) };
    if (required.includes(member)) {
      yield { field: where, about: 'required', sent: inside(null) };
      yield { field: where, about: 'required', sent: wrap(rest) };
    } else if (!alone && !(member in (extras[name] ?? {}))) {
      yield { field: where, about: 'required', sent: inside(null), expected: wrap(rest) };
    }
  }
  if (alone) yield* unionProbes(name, field, wrap, beside ?? []);
}

function* unionProbes(name: string, field: string, wrap: Wrap, beside: readonly string[]): Iterable<Probe> {
  const members = Object.entries(shapeOf(name).members ?? {}).filter(([member]) => !beside.includes(member));
  yield { field, about: 'union', sent: wrap({}) };
  const [first, second] = members;
  if (first === undefined || second === undefined) return;
  const both = Object.fromEntries([first, second].map(([member, { shape }]) => [member, minimal(shape, `${name}.${member}`)]));
  yield { field, about: 'union', sent: wrap(both) };
}

function* listProbes({ member, min = 0, max }: Shape, field: string, wrap: Wrap): Iterable<Probe> {
  if (member === undefined) return;
  const filled = (length: number): unknown => wrap(Array.from({ length }, (_, index) => itemOf(member.shape, index)));
  const others = Array.from({ length: Math.max(0, min - 1) }, (_, index) => itemOf(member.shape, index + 1));
  yield* shapeProbes(member.shape, `${field}[0]`, (value) => wrap([value, ...others]), '');
  yield { field, about: 'min', sent: filled(min), expected: filled(min) };
  if (min > 0) yield { field, about: 'min', sent: filled(min - 1) };
  if (max === undefined) return;
  yield { field, about: 'max', sent: filled(max), expected: filled(max) };
  yield { field, about: 'max', sent: filled(max + 1) };
}

/** An item of a list; tags must differ in their keys. */
function itemOf(name: string, index: number): unknown {
  return name === 'TagRef' ? { key: `k${index}`, value: '' } : minimal(name);
}

/** What stands beside a member for the structure to be in order. */
export function restOf(name: string, member: string): Record<string, unknown> {
  const { members = {}, required = [], union } = shapeOf(name);
  if (member === 'priority') return name === 'RouteSpec' ? { tcpRoute: minimal('TcpRoute') } : { grpcRoute: minimal('GrpcGatewayRoute') };
  if (union === true || name in meantUnions) return {};
  const needed = required
    .filter((other) => other !== member)
    .map((other) => [other, minimal(members[other]?.shape ?? '', `${name}.${other}`)]);
  const extra = Object.entries(extras[name] ?? {}).filter(([other]) => other !== member);
  return { ...Object.fromEntries(needed), ...Object.fromEntries(extra) };
}

/** The smallest value of a shape that is in order. */
function minimal(name: string, member = ''): unknown {
  const shape = shapeOf(name);
  if (shape.type === 'list') return Array(shape.min ?? 0).fill(minimal(shape.member?.shape ?? ''));
  if (shape.type !== 'structure') return legalScalars(shape, formOf(member))[0]?.[1];
  const [first] = Object.keys(shape.members ?? {});
  const only = shape.union === true || name in meantUnions ? first : undefined;
  const rest = restOf(name, only ?? '');
  return only === undefined ? rest : { ...rest, [only]: minimal(shape.members?.[only]?.shape ?? '', `${name}.${only}`) };
}

function formOf(member: string): Form {
  return forms[member] ?? forms[`*.${member.split('.').at(-1)}`] ?? asIs;
}

/** A connection pool must be of the listener's protocol: a rule of ours across two members that the probes vary one at a time. */
function settled(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, inner) => {
    if (inner?.connectionPool == null) return inner;
    const [protocol] = Object.keys(inner.connectionPool);
    return { ...inner, portMapping: { ...inner.portMapping, protocol } };
  });
}

/** What is read back for what was sent: the same, with the one member that is filled in. */
export function readBack(sent: unknown): unknown {
  return JSON.parse(JSON.stringify(sent), (_, inner) =>
    inner?.healthCheck == null ? inner : { ...inner, healthCheck: { port: inner.portMapping.port, ...inner.healthCheck } },
  );
}
