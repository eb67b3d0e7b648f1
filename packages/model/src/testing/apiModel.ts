import { readFileSync } from 'node:fs';

/** A shape of the API model. */
export interface Shape {
  readonly type: 'structure' | 'list' | 'string' | 'integer' | 'long' | 'boolean';
  readonly members?: Readonly<Record<string, { readonly shape: string }>>;
  readonly member?: { readonly shape: string };
  readonly required?: readonly string[];
  readonly union?: boolean;
  readonly min?: number;
  readonly max?: number;
  readonly enum?: readonly string[];
  readonly pattern?: string;
}

const { shapes } = JSON.parse(readFileSync(new URL('../../testdata/service-2.json', import.meta.url), 'utf8')) as {
  readonly shapes: Readonly<Record<string, Shape>>;
};

/** The shape of a name. */
export function shapeOf(name: string): Shape {
  const shape = shapes[name];
  if (shape === undefined) throw new Error(`the API model has no shape ${name}`);
  return shape;
}

/** A value sent in one place of a spec that is in order otherwise. */
export interface Probe {
  /** Where, as refusals spell it, such as `spec.listeners[0].portMapping.port`. */
  readonly field: string;
  readonly what: string;
  readonly spec: unknown;
  /** What the spec must parse to; absent where it must be refused. */
  readonly expected?: unknown;
}

type Wrap = (value: unknown) => unknown;

// What our rules want beside what the model requires, so that a probe breaks one limit and nothing else.
const extras: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  VirtualNodeSpec: { serviceDiscovery: { dns: { hostname: 'h' } } },
  HttpRouteMatch: { prefix: '/' },
  HttpGatewayRouteMatch: { hostname: { exact: 'h' } },
  GrpcRouteMatch: { serviceName: 's' },
  QueryParameterMatch: { exact: 'e' },
  MatchRange: { start: -1, end: Number.MAX_SAFE_INTEGER },
};

/** Structures that mean "one of" without being marked as unions, and what may stand beside the one. */
const meantUnions: Readonly<Record<string, readonly string[]>> = {
  RouteSpec: ['priority'],
  GatewayRouteSpec: ['priority'],
  HttpPathMatch: [],
  GatewayRouteHostnameMatch: [],
};

/** Text of the length of another, as our rules want it beside what the model requires. */
type Form = (text: string) => string;
const asIs: Form = (text) => text;
const asPath: Form = (text) => text.replace(/^./, '/');
const asFolder: Form = (text) => asPath(text).replace(/.$/, '/');
const forms: Readonly<Record<string, Form>> = {
  'HttpRouteMatch.prefix': asPath,
  'HttpGatewayRouteMatch.prefix': asPath,
  'HttpGatewayRoutePrefixRewrite.value': asFolder,
};

/** All probes of a shape and of everything in it. */
export function* probesOf(name: string, field = 'spec', wrap: Wrap = (value) => value, form: Form = asIs): Iterable<Probe> {
  const shape = shapeOf(name);
  const refused = (what: string, value: unknown): Probe => ({ field, what, spec: wrap(value) });
  const accepted = (what: string, value: unknown): Probe => ({ field, what, spec: wrap(value), expected: wrap(value) });
  for (const [what, value] of wrongTypes(shape)) yield refused(what, value);
  if (shape.type === 'structure') yield* structureProbes(name, field, wrap);
  else if (shape.type === 'list') yield* listProbes(shape, field, wrap);
  else {
    for (const value of legalScalars(shape, form)) yield accepted(describe(value), value);
    for (const value of illegalScalars(shape, form)) yield refused(describe(value), value);
  }
}

function* structureProbes(name: string, field: string, wrap: Wrap): Iterable<Probe> {
  const { members = {}, required = [], union = false } = shapeOf(name);
  const beside = meantUnions[name];
  const alone = union || beside !== undefined;
  for (const [member, { shape }] of Object.entries(members)) {
    const rest = restOf(name, member);
    const inside: Wrap = (value) => wrap({ ...rest, [member]: value });
    const where = `${field}.${member}`;
    yield* probesOf(shape, where, inside, forms[`${name}.${member}`]);
    const whole = { ...rest, [member]: minimal(shape, forms[`${name}.${member}`]) };
    yield { field, what: 'an unknown member', spec: wrap({ ...whole, unknownMember: 1 }), expected: wrap(whole) };
    if (required.includes(member)) {
      yield { field: where, what: 'null', spec: inside(null) };
      yield { field: where, what: 'left out', spec: wrap(rest) };
    } else if (!alone && !(member in (extras[name] ?? {}))) {
      yield { field: where, what: 'null', spec: inside(null), expected: wrap(rest) };
    }
  }
  if (alone) yield* unionProbes(name, field, wrap, beside ?? []);
}

function* unionProbes(name: string, field: string, wrap: Wrap, beside: readonly string[]): Iterable<Probe> {
  const members = Object.entries(shapeOf(name).members ?? {}).filter(([member]) => !beside.includes(member));
  yield { field, what: 'none of a union', spec: wrap({}) };
  const [first, second] = members;
  if (first === undefined || second === undefined) return;
  yield {
    field,
    what: 'two of a union',
    spec: wrap(Object.fromEntries([first, second].map(([member, { shape }]) => [member, minimal(shape)]))),
  };
}

function* listProbes({ member, min = 0, max }: Shape, field: string, wrap: Wrap): Iterable<Probe> {
  if (member === undefined) return;
  const item = minimal(member.shape);
  const filled = (length: number): unknown => wrap(Array(length).fill(item));
  yield* probesOf(member.shape, `${field}[0]`, (value) => wrap([value, ...Array(Math.max(0, min - 1)).fill(item)]));
  yield { field, what: `${min} items`, spec: filled(min), expected: filled(min) };
  if (min > 0) yield { field, what: `${min - 1} items`, spec: filled(min - 1) };
  if (max === undefined) return;
  yield { field, what: `${max} items`, spec: filled(max), expected: filled(max) };
  yield { field, what: `${max + 1} items`, spec: filled(max + 1) };
}

/** What stands beside a member for the structure to be in order. */
function restOf(name: string, member: string): Record<string, unknown> {
  const { members = {}, required = [], union } = shapeOf(name);
  if (member === 'priority') return name === 'RouteSpec' ? { tcpRoute: minimal('TcpRoute') } : { grpcRoute: minimal('GrpcGatewayRoute') };
  if (union === true || name in meantUnions) return {};
  const needed = required.filter((other) => other !== member).map((other) => [other, minimal(members[other]?.shape ?? '')]);
  const extra = Object.entries(extras[name] ?? {}).filter(([other]) => other !== member);
  return { ...Object.fromEntries(needed), ...Object.fromEntries(extra) };
}

/** The smallest value of a shape that is in order. */
function minimal(name: string, form = asIs): unknown {
  const shape = shapeOf(name);
  if (shape.type === 'list') return Array(shape.min ?? 0).fill(minimal(shape.member?.shape ?? ''));
  if (shape.type !== 'structure') return [...legalScalars(shape, form)][0];
  const [first] = Object.keys(shape.members ?? {});
  const only = shape.union === true || name in meantUnions ? first : undefined;
  const rest = restOf(name, only ?? '');
  return only === undefined ? rest : { ...rest, [only]: minimal(shape.members?.[only]?.shape ?? '') };
}

function* wrongTypes({ type }: Shape): Iterable<readonly [string, unknown]> {
  const others: Readonly<Record<string, unknown>> = { boolean: true, string: 'text', number: 7, list: [], structure: {}, fraction: 1.5 };
  const own: Readonly<Record<Shape['type'], string>> = {
    boolean: 'boolean',
    string: 'string',
    integer: 'number',
    long: 'number',
    list: 'list',
    structure: 'structure',
  };
  for (const [what, value] of Object.entries(others)) if (what !== own[type]) yield [`a ${what}`, value];
}

function* legalScalars(shape: Shape, form = asIs): Iterable<unknown> {
  if (shape.type === 'boolean') yield* [true, false];
  else if (shape.type === 'string') yield* shape.enum ?? legalStrings(shape, form);
  else yield* [shape.min ?? 0, shape.max ?? (shape.type === 'long' ? Number.MAX_SAFE_INTEGER : 2 ** 31 - 1)];
}

function* legalStrings({ min = 1, max }: Shape, form: Form): Iterable<string> {
  yield form('a'.repeat(Math.max(min, 1)));
  if (max !== undefined) yield form('a'.repeat(max));
}

function* illegalScalars(shape: Shape, form: Form): Iterable<unknown> {
  const { type, min, max, pattern } = shape;
  if (type === 'boolean') return;
  if (type !== 'string') {
    if (min !== undefined) yield min - 1;
    yield max === undefined ? 2 ** 53 : max + 1;
    return;
  }
  yield '\ud800';
  if (shape.enum !== undefined) yield* ['another', (shape.enum[0] ?? '').toUpperCase() === shape.enum[0] ? 'all' : 'HTTP'];
  if (min !== undefined && min > 0) yield 'a'.repeat(min - 1);
  if (max !== undefined) yield form('a'.repeat(max + 1));
  if (pattern !== undefined) yield 'é';
}

function describe(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 30 ? `${text.length} characters` : text;
}
