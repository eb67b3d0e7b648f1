import type { Limit, Shape } from './shapes.ts';

/** A value, and which limit it stands at or goes beyond; `type` for what no limit speaks of. */
export type LimitValue = readonly [Limit | 'type', unknown];

/** Text of the length of another, as our rules want it beside what the model requires. */
export type Form = (text: string) => string;

/** As the model alone would have it. */
export const asIs: Form = (text) => text;
const asPath: Form = (text) => text.replace(/^./, '/');
const asFolder: Form = (text) => asPath(text).replace(/.$/, '/');
const asAccount: Form = (text) => '1234567890123456'.slice(0, text.length);

/** Forms of single members, by structure or operation input and member; `*` = of any. */
export const forms: Readonly<Record<string, Form>> = {
  'HttpRouteMatch.prefix': asPath,
  'HttpGatewayRouteMatch.prefix': asPath,
  'HttpGatewayRoutePrefixRewrite.value': asFolder,
  '*.meshOwner': asAccount,
};

/** Legal values of members for which the model states no limits but we do, or whose values depend on each other. */
export const samples: Readonly<Record<string, readonly unknown[]>> = {
  'MatchRange.start': [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER - 1],
};

/** Values of another type than the shape's. */
export function wrongTypes({ type }: Shape): readonly LimitValue[] {
  const number = type === 'integer' || type === 'long';
  const others: readonly (readonly [boolean, unknown])[] = [
    [type === 'boolean', true],
    [type === 'string', 'text'],
    [number, 7],
    [type === 'list', []],
    [type === 'structure', {}],
    [false, 1.5],
  ];
  return others.filter(([isOwn]) => !isOwn).map(([, value]) => ['type', value]);
}

/** Scalars within a shape's limits, at each limit. */
export function legalScalars(shape: Shape, form: Form = asIs): readonly LimitValue[] {
  const { type, min, max } = shape;
  if (type === 'boolean') return [true, false].map((value) => ['type', value]);
  if (type !== 'string') {
    const most = type === 'long' ? Number.MAX_SAFE_INTEGER : 2 ** 31 - 1;
    return [
      ['min', min ?? 0],
      ['max', max ?? most],
    ];
  }
  if (shape.enum !== undefined) return shape.enum.map((value) => ['enum', value]);
  const shortest = form('a'.repeat(Math.max(min ?? 1, 1)));
  return [
    ...(min === 0 ? [['min', ''] as const] : [['min', shortest] as const]),
    ...(max === undefined ? [] : [['max', form('a'.repeat(max))] as const]),
    ...(shape.pattern === undefined ? [] : [['pattern', shortest] as const]),
  ];
}

/** Scalars just beyond a shape's limits. */
export function illegalScalars(shape: Shape, form: Form = asIs): readonly LimitValue[] {
  const { type, min, max } = shape;
  if (type === 'boolean') return [];
  if (type !== 'string') {
    return [...(min === undefined ? [] : [['min', min - 1] as const]), ['max', max === undefined ? 2 ** 53 : max + 1]];
  }
  const first = shape.enum?.[0];
  return [
    ['type', '\ud800'],
    ...(first === undefined
      ? []
      : [['enum', 'another'] as const, ['enum', first === first.toUpperCase() ? first.toLowerCase() : first.toUpperCase()] as const]),
    ...(min === undefined || min === 0 ? [] : [['min', form('a'.repeat(min - 1))] as const]),
    ...(max === undefined ? [] : [['max', form('a'.repeat(max + 1))] as const]),
    ...(shape.pattern === undefined ? [] : [['pattern', 'é'] as const]),
  ];
}
