import type { Diagnostic, Kind, MeshKey, Ref, Resource } from '@meshwright/model';
import { DiagnosticSet, failureDiagnostic } from '../diagnostics.ts';
import { compareText } from '../resolve/compare.ts';
import { finished, type Steps } from '../steps.ts';
import { Entry, NONE, type Outcome } from './entry.ts';
import { sameValue } from './sameValue.ts';
import type { MeshContents, Reader, Unit } from './unit.ts';

/** A unit that is wanted for its own sake, with its argument. */
export interface Root {
  readonly unit: Unit<unknown, unknown>;
  readonly arg: unknown;
}

/** A unit that is wanted for its own sake, with its argument. */
export function root<Arg>(unit: Unit<Arg, unknown>, arg: Arg): Root {
  return { unit: unit as Unit<unknown, unknown>, arg };
}

/** What is wanted from now on, and no longer; those in neither list stay as they are. */
export interface WantedRoots {
  readonly add: readonly Root[];
  readonly remove: readonly Root[];
}

/** What came of one update. */
export interface Updated {
  /** How often each unit was done, by its name. */
  readonly work: ReadonlyMap<string, number>;
  /** Keys of roots that have another outcome than before, and of those that are gone. */
  readonly changed: ReadonlySet<string>;
}

/** Names a root among the outcomes. */
function rootKey<Arg>(unit: Unit<Arg, unknown>, arg: Arg): string {
  return `${unit.name} ${unit.keyOf(arg)}`;
}

/**
 * Results of units of work, each with what it read and used. An update does again exactly the units whose reads were touched,
 * and those that use a result which thereby became another: so it comes to what doing everything anew would come to.
 */
export class Memo {
  readonly #mesh: MeshKey;
  readonly #entries = new Map<string, Entry>();
  readonly #readers = new Map<string, Set<Entry>>();
  readonly #diagnostics = new DiagnosticSet();
  #contents: MeshContents = { get: () => undefined, list: () => [] };
  #round = 0;
  /** How often anything was done. */
  #units = 0;
  #work = new Map<string, number>();
  /** Entries that lost a user in this update: kept if they have another at its end. */
  #left = new Set<Entry>();

  constructor(mesh: MeshKey) {
    this.#mesh = mesh;
  }

  /**
   * Brings all results up to a mesh.
   * @param changed what may differ from the mesh of the last update; nothing else does
   */
  update(contents: MeshContents, changed: Iterable<Ref>, roots: WantedRoots): Updated {
    return finished(this.steps(contents, changed, roots));
  }

  /** The same piece by piece, one root after the other: all of them have to be done before anything else is asked. */
  *steps(contents: MeshContents, changed: Iterable<Ref>, roots: WantedRoots): Steps<Updated> {
    this.#contents = contents;
    this.#round += 1;
    this.#work = new Map();
    const touched = this.#touch(changed);
    for (const root of roots.add) touched.add(this.#wanted(root));
    const changedRoots = new Set<string>();
    for (const root of roots.remove) {
      const entry = this.#entries.get(rootKey(root.unit, root.arg));
      if (entry === undefined) continue;
      entry.isRoot = false;
      this.#left.add(entry);
      touched.delete(entry);
      changedRoots.add(entry.key);
    }
    for (const root of touched) {
      const before = this.#units;
      this.#refresh(root);
      if (root.changedIn === this.#round) changedRoots.add(root.key);
      yield this.#units - before;
    }
    this.#forget();
    return { work: this.#work, changed: changedRoots };
  }

  /** How many results are kept. */
  get size(): number {
    return this.#entries.size;
  }

  /** Outcome of a root as of the last update; undefined for one that is not wanted. */
  outcome(key: string): Outcome | undefined {
    return this.#entries.get(key)?.outcome;
  }

  /** What all units report, each finding once. */
  diagnostics(): readonly Diagnostic[] {
    return this.#diagnostics.sorted();
  }

  #wanted(root: Root): Entry {
    const entry = this.#entry(root.unit, root.arg);
    entry.isRoot = true;
    return entry;
  }

  #entry<Arg>(unit: Unit<Arg, unknown>, arg: Arg): Entry {
    const key = rootKey(unit, arg);
    const known = this.#entries.get(key);
    if (known !== undefined) return known;
    const entry = new Entry(key, unit as Unit<unknown, unknown>, arg);
    this.#entries.set(key, entry);
    return entry;
  }

  /** Marks what the changes touch, and all that may thereby change; answers the roots among it. */
  #touch(changed: Iterable<Ref>): Set<Entry> {
    const open: Entry[] = [];
    for (const ref of changed) {
      for (const key of [resourceKey(ref), listKey(ref.kind, ref.parent)]) {
        for (const reader of this.#readers.get(key) ?? []) {
          reader.state = 'stale';
          open.push(reader);
        }
      }
    }
    const roots = new Set<Entry>();
    for (let entry = open.pop(); entry !== undefined; entry = open.pop()) {
      if (entry.isRoot) roots.add(entry);
      for (const user of entry.users) {
        if (user.state !== 'fresh') continue;
        user.state = 'maybe';
        open.push(user);
      }
    }
    return roots;
  }

  #refresh(entry: Entry): void {
    if (entry.state === 'fresh') return;
    if (entry.state === 'running') throw new Error(`${entry.key} needs itself`);
    if (entry.state === 'maybe') {
      // In the order in which they were used: a later one may only have been asked for because of what an earlier one said.
      const hasChanged = entry.uses.values().some((used) => {
        this.#refresh(used);
        return used.changedIn === this.#round;
      });
      if (!hasChanged) {
        entry.state = 'fresh';
        return;
      }
    }
    this.#run(entry);
  }

  #run(entry: Entry): void {
    const { reads, uses, outcome: before } = entry;
    const found: Diagnostic[] = [];
    entry.reads = NONE;
    entry.uses = NONE;
    entry.state = 'running';
    this.#units += 1;
    this.#work.set(entry.unit.name, (this.#work.get(entry.unit.name) ?? 0) + 1);
    const outcome = merged(entry, before, this.#attempt(entry, found));
    if (outcome !== before) {
      entry.outcome = outcome;
      entry.changedIn = this.#round;
    }
    entry.state = 'fresh';
    this.#diagnostics.replace(entry.diagnostics, found);
    entry.diagnostics = found;
    for (const key of reads) if (!entry.reads.has(key)) this.#unread(key, entry);
    for (const used of uses) if (!entry.uses.has(used)) this.#unuse(used, entry);
  }

  /** Does the work; a fault of the compiler, or of what was stored, is carried no further than to those who use the result. */
  #attempt(entry: Entry, found: Diagnostic[]): Outcome {
    try {
      return { value: entry.unit.work(entry.arg, this.#readerFor(entry, found)) };
    } catch (cause) {
      // Told where it happened already.
      if (cause instanceof UnitFailed) return { cause };
      const blame = entry.unit.blame?.(entry.arg, this.#mesh);
      if (blame === undefined) return { cause };
      found.push(failureDiagnostic(blame.ref, cause, blame.consequence));
      return { cause: new UnitFailed(`${blame.what} was not compiled`) };
    }
  }

  #readerFor(entry: Entry, found: Diagnostic[]): Reader {
    return {
      mesh: this.#mesh,
      get: (ref) => {
        this.#read(resourceKey(ref), entry);
        return this.#contents.get(ref);
      },
      list: <K extends Kind>(kind: K, parent?: string): readonly Resource<K>[] => {
        this.#read(listKey(kind, parent), entry);
        return [...this.#contents.list(kind, parent)].sort((a, b) => compareText(a.ref.name, b.ref.name));
      },
      use: <Arg, Value>(unit: Unit<Arg, Value>, arg: Arg): Value => {
        const used = this.#entry(unit, arg);
        entry.uses = withMember(entry.uses, used);
        used.users.add(entry);
        this.#refresh(used);
        if (used.outcome === undefined || 'cause' in used.outcome) throw used.outcome?.cause;
        return used.outcome.value as Value;
      },
      report: (diagnostic) => void found.push(diagnostic),
    };
  }

  #read(key: string, entry: Entry): void {
    entry.reads = withMember(entry.reads, key);
    const readers = this.#readers.get(key);
    if (readers === undefined) this.#readers.set(key, new Set([entry]));
    else readers.add(entry);
  }

  #unread(key: string, entry: Entry): void {
    const readers = this.#readers.get(key);
    readers?.delete(entry);
    if (readers?.size === 0) this.#readers.delete(key);
  }

  #unuse(used: Entry, user: Entry): void {
    used.users.delete(user);
    this.#left.add(used);
  }

  /** Drops what nobody uses any more, and what only that used. */
  #forget(): void {
    for (const entry of this.#left) {
      // Iterating over a set takes in what is added meanwhile.
      this.#left.delete(entry);
      if (entry.isRoot || entry.users.size > 0 || this.#entries.get(entry.key) !== entry) continue;
      this.#entries.delete(entry.key);
      this.#diagnostics.replace(entry.diagnostics, []);
      for (const key of entry.reads) this.#unread(key, entry);
      for (const used of entry.uses) this.#unuse(used, entry);
    }
  }
}

/** The set with one more; the one that all share is left alone. */
function withMember<Member>(set: ReadonlySet<Member>, member: Member): ReadonlySet<Member> {
  if (set === NONE) return new Set([member]);
  return (set as Set<Member>).add(member);
}

/** A unit failed, and it was told where. */
class UnitFailed extends Error {}

/** The outcome to go on with: the one before where it says the same. */
function merged(entry: Entry, before: Outcome | undefined, after: Outcome): Outcome {
  if (before === undefined) return after;
  if ('cause' in before || 'cause' in after) {
    return 'cause' in before && 'cause' in after && String(before.cause) === String(after.cause) ? before : after;
  }
  const value = entry.unit.merge === undefined ? mergeSame(before.value, after.value) : entry.unit.merge(before.value, after.value);
  return value === before.value ? before : { value };
}

function mergeSame(before: unknown, after: unknown): unknown {
  return sameValue(before, after) ? before : after;
}

function resourceKey({ kind, parent = '', name }: Ref): string {
  return `${kind}\0${parent}\0${name}`;
}

/** No resource has this key: it has one part less. */
function listKey(kind: Kind, parent = ''): string {
  return `${kind}\0${parent}`;
}
