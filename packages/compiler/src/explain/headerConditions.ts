import { type HeaderMatchMethod, type HttpRouteHeader, matchesRegex } from '@meshwright/model';
import type { HeaderConditionIr } from '../ir/proxy.ts';
import type { Members } from '../members.ts';
import type { ReceivedRequest } from './request.ts';
import { type Unmet, unmet } from './unmet.ts';

/** How one value is compared, and how that is said. */
interface Comparison {
  readonly wanted: string;
  takes(value: string): boolean;
}

type Comparisons<Model> = { readonly [K in keyof Model]-?: (wanted: NonNullable<Model[K]>) => Comparison };

const methods = {
  exact: (text) => ({ wanted: JSON.stringify(text), takes: (value) => value === text }),
  prefix: (text) => ({ wanted: `begins with ${JSON.stringify(text)}`, takes: (value) => value.startsWith(text) }),
  suffix: (text) => ({ wanted: `ends with ${JSON.stringify(text)}`, takes: (value) => value.endsWith(text) }),
  regex: (expression) => ({ wanted: `matches ${expression}`, takes: (value) => matchesRegex(expression, value) }),
  range: ({ start, end }) => ({ wanted: `a whole number from ${start} to below ${end}`, takes: (value) => isBetween(value, start, end) }),
} satisfies Comparisons<Members<HeaderMatchMethod>>;

/** Bounds of what Envoy reads as a number. */
const INT64 = { min: -(2n ** 63n), max: 2n ** 63n - 1n };

function isBetween(value: string, start: number, end: number): boolean {
  if (!/^[+-]?\d+$/.test(value)) return false;
  const number = BigInt(value.replace('+', ''));
  return number >= INT64.min && number <= INT64.max && number >= BigInt(start) && number < BigInt(end);
}

/**
 * A route's condition on a header. Of several values one that matches is enough; inverted, none may. A header that is absent meets
 * no comparison, inverted or not: only an inverted condition without one.
 */
export function headerUnmet({ name, match, invert = false }: HttpRouteHeader, request: ReceivedRequest): Unmet | undefined {
  const values = request.values(name);
  const comparison = comparisonOf(match);
  const isMet = values.length === 0 ? comparison === undefined && invert : values.some(comparison?.takes ?? always) !== invert;
  const wanted = comparison?.wanted ?? 'present';
  return isMet ? undefined : unmet('header', invert ? `present, and not: ${wanted}` : wanted, foundOf(values), name);
}

const always = (): boolean => true;

function comparisonOf(match: HeaderMatchMethod | undefined): Comparison | undefined {
  const rows: readonly [string, unknown][] = Object.entries(match ?? {});
  const [row] = rows.filter(([, value]) => value !== undefined);
  if (row === undefined) return undefined;
  const [method, wanted] = row as [keyof typeof methods, never];
  return methods[method](wanted);
}

const compilerKinds = {
  exact: (text) => ({ wanted: JSON.stringify(text), takes: (value) => value === text }),
  exactOrAbsent: (text) => ({ wanted: `${JSON.stringify(text)} or absent`, takes: (value) => value === text || value === '' }),
  exactAnyCase: (text) => ({
    wanted: `${JSON.stringify(text)} in any case`,
    takes: (value) => value.toLowerCase() === text.toLowerCase(),
  }),
  suffixAnyCase: (text) => ({
    wanted: `ends with ${JSON.stringify(text)} in any case`,
    takes: (value) => value.toLowerCase().endsWith(text.toLowerCase()),
  }),
} satisfies Record<HeaderConditionIr['kind'], (text: string) => Comparison>;

/** A condition on a header that the compiler itself put. */
export function compilerHeaderUnmet({ name, kind, value }: HeaderConditionIr, request: ReceivedRequest): Unmet | undefined {
  const values = request.values(name);
  const { takes, wanted } = compilerKinds[kind](value);
  const isMet = values.length === 0 ? kind === 'exactOrAbsent' : values.some(takes);
  return isMet ? undefined : unmet('header', wanted, foundOf(values), name);
}

function foundOf(values: readonly string[]): string | undefined {
  return values.length === 0 ? undefined : values.map((value) => JSON.stringify(value)).join(' and ');
}
