import type { Kind, MeshKey, Ref, Resource } from '@meshwright/model';
import type { Report } from '../diagnostics.ts';

/** A mesh as the compiler reads it; it must not change while it is compiled. */
export interface MeshContents {
  get<K extends Kind>(ref: Ref<K>): Resource<K> | undefined;
  /** Resources of one kind, of one parent for kinds that have one; in any order. */
  list<K extends Kind>(kind: K, parent?: string): Iterable<Resource<K>>;
}

/** All a unit of work may look at: what it asks is remembered, what is not there too, and when an answer changes the unit is done again. */
export interface Reader {
  readonly mesh: MeshKey;
  get<K extends Kind>(ref: Ref<K>): Resource<K> | undefined;
  /** In the order of the names. */
  list<K extends Kind>(kind: K, parent?: string): readonly Resource<K>[];
  /**
   * Result of another unit, done at most once for all that use it.
   * @throws Error when that unit failed: who uses it is better left as it was than told that there is nothing.
   */
  use<Arg, Value>(unit: Unit<Arg, Value>, arg: Arg): Value;
  readonly report: Report;
}

/** A part of compiling whose result depends on nothing but its argument and what it reads. */
export interface Unit<Arg, Value> {
  /** What it is counted as. */
  readonly name: string;
  /** Tells its arguments apart. */
  keyOf(arg: Arg): string;
  work(arg: Arg, reader: Reader): Value;
  /**
   * The result to go on with, made from the last one and this one, which says the same; equal results must be one object, for
   * nobody who used it is then done again. Unless given: the last one if they are equal throughout.
   */
  merge?(before: Value, after: Value): Value;
  /** Where a fault in it is told; without this it is a fault of those who use it. */
  blame?(arg: Arg, mesh: MeshKey): Blame;
}

/** The resource a fault is told on, what of it failed, and what follows from that. */
export interface Blame {
  readonly ref: Ref;
  readonly what: string;
  readonly consequence: string;
}
