import type { Diagnostic } from '@meshwright/model';
import type { Unit } from './unit.ts';

/** What a unit came to: a value, or what it threw. */
export type Outcome = { readonly value: unknown } | { readonly cause: unknown };

/**
 * `stale` = something it read changed, or it was never done; `maybe` = something it uses may have changed; `running` = under way.
 */
type State = 'fresh' | 'maybe' | 'stale' | 'running';

/** Most results, the encodings, read and use nothing: they share this. */
export const NONE: ReadonlySet<never> = new Set<never>();

/** A unit with its argument: its last outcome, and what that came from. */
export class Entry {
  readonly key: string;
  readonly unit: Unit<unknown, unknown>;
  readonly arg: unknown;
  state: State = 'stale';
  outcome: Outcome | undefined;
  /** Round in which the outcome became another one. */
  changedIn = 0;
  /** Keys of the resources and lists it asked for. */
  reads: ReadonlySet<string> = NONE;
  /** In the order in which they were used. */
  uses: ReadonlySet<Entry> = NONE;
  diagnostics: readonly Diagnostic[] = [];
  readonly users = new Set<Entry>();
  /** Wanted for its own sake, whether or not another unit uses it. */
  isRoot = false;

  constructor(key: string, unit: Unit<unknown, unknown>, arg: unknown) {
    this.key = key;
    this.unit = unit;
    this.arg = arg;
  }
}
