import fc from 'fast-check';
import type { Type } from './client.ts';
import type { Verdict } from './simulatedEnvoy.ts';
import type { ProxyContent } from './store.ts';

/** A mesh as the model has it: every route leads to clusters of the same version. */
export interface ModelMesh {
  readonly clusters: readonly (readonly [string, number])[];
  readonly routed: readonly string[];
  /** Name of a second listener, with routes of its own. */
  readonly second: string | undefined;
  readonly edition: number;
}

/** One step of what may happen to a relay and an Envoy. */
export type Action =
  | { readonly kind: 'publish'; readonly mesh: ModelMesh }
  | { readonly kind: 'answer'; readonly verdict: Verdict }
  | { readonly kind: 'answerAll' }
  | { readonly kind: 'wait'; readonly millis: number }
  | { readonly kind: 'endpoints'; readonly cluster: string; readonly edition: number }
  /** The last request of a type again: with its nonce, with one that never was, or with that of the first response. */
  | { readonly kind: 'repeat'; readonly type: Type; readonly nonce: '' | 'last' | 'first' | 'never' }
  | { readonly kind: 'reconnect'; readonly order: readonly Type[] }
  /** The relay is lost: the other one takes over. */
  | { readonly kind: 'switch'; readonly order: readonly Type[] }
  /** The relay the Envoy is not on stops hearing of new versions, or hears of them again. */
  | { readonly kind: 'lag'; readonly on: boolean }
  /** The Envoy stops reading, or reads again. */
  | { readonly kind: 'slow'; readonly on: boolean }
  /** The newest content of a type is held, or nothing is any more. */
  | { readonly kind: 'hold'; readonly type: 'cds' | 'lds' | 'rds' | undefined };

/** Clusters of the model. */
export const CLUSTERS = ['a', 'b', 'c', 'd'];
/** Types of the model, in the order in which Envoy boots. */
export const MODEL_TYPES: readonly Type[] = ['cds', 'eds', 'lds', 'rds'];

/** Any mesh of the model. */
export const anyMesh: fc.Arbitrary<ModelMesh> = fc
  .record({
    clusters: fc.uniqueArray(fc.tuple(fc.constantFrom(...CLUSTERS), fc.integer({ min: 1, max: 2 })), {
      selector: ([name]) => name,
      minLength: 1,
    }),
    picks: fc.array(fc.nat(), { minLength: 1, maxLength: 2 }),
    second: fc.constantFrom(undefined, 'm', 'n'),
    edition: fc.integer({ min: 1, max: 2 }),
  })
  .map(({ clusters, picks, ...rest }) => ({ ...rest, clusters, routed: picks.map((pick) => clusters[pick % clusters.length]?.[0] ?? '') }));

const order = fc.shuffledSubarray([...MODEL_TYPES], { minLength: MODEL_TYPES.length });
const flag = fc.boolean();

/** Any steps of an Envoy that answers like this. */
export function anyActions(verdict: fc.Arbitrary<Verdict>, maxLength: number): fc.Arbitrary<Action[]> {
  const of = <const Kind extends Action['kind']>(kind: Kind) => fc.constant(kind);
  const action: fc.Arbitrary<Action> = fc.oneof(
    { weight: 8, arbitrary: fc.record({ kind: of('publish'), mesh: anyMesh }) },
    { weight: 16, arbitrary: fc.record({ kind: of('answer'), verdict }) },
    { weight: 8, arbitrary: fc.record({ kind: of('answerAll') }) },
    { weight: 4, arbitrary: fc.record({ kind: of('wait'), millis: fc.constantFrom(100, 1_000, 14_999, 16_000) }) },
    { weight: 2, arbitrary: fc.record({ kind: of('endpoints'), cluster: fc.constantFrom(...CLUSTERS), edition: fc.nat(3) }) },
    {
      weight: 4,
      arbitrary: fc.record({
        kind: of('repeat'),
        type: fc.constantFrom(...MODEL_TYPES),
        nonce: fc.constantFrom('' as const, 'last' as const, 'first' as const, 'never' as const),
      }),
    },
    { weight: 2, arbitrary: fc.record({ kind: of('reconnect'), order }) },
    { weight: 2, arbitrary: fc.record({ kind: of('switch'), order }) },
    { weight: 2, arbitrary: fc.record({ kind: of('lag'), on: flag }) },
    { weight: 2, arbitrary: fc.record({ kind: of('slow'), on: flag }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: of('hold'), type: fc.constantFrom(undefined, 'cds' as const, 'lds' as const, 'rds' as const) }),
    },
  );
  return fc.array(action, { maxLength });
}

/** A proxy's resources in such a mesh. */
export function contentOf({ clusters, routed, second, edition }: ModelMesh): ProxyContent {
  const target = `${[...new Set(routed)].join(',')}#${edition}`;
  return {
    clusters: Object.fromEntries(clusters.map(([name, content]) => [name, String(content)])),
    listeners: { l: 'r', ...(second !== undefined && { [second]: 's' }) },
    routes: second === undefined ? { r: target } : { r: target, s: target },
    endpoints: clusters.map(([name]) => name),
  };
}
