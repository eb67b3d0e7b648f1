import type { MeshSnapshot } from '../snapshot.ts';
import type { SessionSummary } from '../status/session.ts';
import type { Head, HeldResource, HoldableSnapshots } from '../store.ts';
import { heldKey, mergedHeld, stillHeld } from './heldList.ts';
import { type HoldLimits, type Refused, refusedTooOften } from './refusals.ts';

/** Reports are looked at this often, in milliseconds: those of other relays come without a word. */
const LOOK_MILLIS = 5_000;
/** Looks that are asked for are taken together for so long, in milliseconds: a fleet refuses within moments. */
const TOGETHER_MILLIS = 200;
/** How often a head that moves meanwhile is read again, before it waits for the next look. */
const MOST_TRIES = 5;

/** What became of held content. */
export interface HoldNews {
  readonly mesh: string;
  /** Held from now on. */
  readonly held: readonly Refused[];
  /** No longer held: everybody gets it again, or nobody is to get it any more. */
  readonly released: readonly HeldResource[];
}

/** What deciding works with. */
export interface HoldDeciderParts {
  readonly snapshots: HoldableSnapshots;
  /** What all relays report of a mesh's proxies, `<owner>/<mesh>`. Nothing is decided where it throws. */
  readonly reports: (mesh: string) => Promise<readonly SessionSummary[]>;
  readonly limits: HoldLimits;
  /** Calls back once after `millis`, unless the returned function was called before. */
  readonly setTimer: (callback: () => void, millis: number) => () => void;
  readonly onNews: (news: HoldNews) => void;
  /** Told when reports or snapshots cannot be reached; what is held stays held, and it is looked again. */
  readonly onFailure: (mesh: string, cause: unknown) => void;
  /** Milliseconds between looks; 5,000 unless told. */
  readonly lookMillis?: number;
}

/**
 * Turns what proxies refuse into the lists of held content in the heads. Several may run: each comes to the same list, the head is
 * written only as it was read, and nothing is released but what the head's snapshot no longer has.
 */
export class HoldDecider {
  readonly #parts: HoldDeciderParts;
  readonly #stopped = new AbortController();
  /** Mesh → its newest head told of. */
  readonly #heads = new Map<string, Head>();
  /** Meshes to look at. */
  readonly #due = new Set<string>();
  #cancelTimers: (() => void)[] = [];
  #looking: Promise<void> = Promise.resolve();
  #isArmed = false;
  /** What was read last: refusals come in numbers, of one mesh. */
  #last: { readonly mesh: string; readonly key: string; readonly snapshot: MeshSnapshot } | undefined;

  constructor(parts: HoldDeciderParts) {
    this.#parts = parts;
    void this.#follow();
    this.#lookAgain();
  }

  /** Something was refused in a mesh: it is looked at soon. */
  look(mesh: string): void {
    this.#due.add(mesh);
    if (this.#isArmed || this.#stopped.signal.aborted) return;
    this.#isArmed = true;
    this.#after(TOGETHER_MILLIS, () => {
      this.#isArmed = false;
      this.#looking = this.#looking.then(() => this.#lookAtDue());
    });
  }

  /** Ends when what is under way has ended. */
  async close(): Promise<void> {
    this.#stopped.abort();
    for (const cancel of this.#cancelTimers) cancel();
    await this.#looking;
  }

  #lookAgain(): void {
    this.#after(this.#parts.lookMillis ?? LOOK_MILLIS, () => {
      for (const mesh of this.#heads.keys()) this.look(mesh);
      this.#lookAgain();
    });
  }

  #after(millis: number, act: () => void): void {
    const cancel = this.#parts.setTimer(() => {
      this.#cancelTimers = this.#cancelTimers.filter((other) => other !== cancel);
      act();
    }, millis);
    this.#cancelTimers.push(cancel);
  }

  /** Which meshes there are, and what publishing has released. */
  async #follow(): Promise<void> {
    try {
      for await (const heads of this.#parts.snapshots.watch(this.#stopped.signal)) for (const head of heads) this.#note(head);
    } catch (cause) {
      this.#parts.onFailure('', cause);
      this.#after(this.#parts.lookMillis ?? LOOK_MILLIS, () => void this.#follow());
    }
  }

  #note(head: Head): void {
    const before = this.#heads.get(head.mesh);
    if (before !== undefined && before.rev >= head.rev) return;
    this.#heads.set(head.mesh, head);
    const kept = new Set((head.held ?? []).map(heldKey));
    const released = (before?.held ?? []).filter((entry) => !kept.has(heldKey(entry)));
    if (released.length > 0) this.#parts.onNews({ mesh: head.mesh, held: [], released });
  }

  async #lookAtDue(): Promise<void> {
    const due = [...this.#due];
    this.#due.clear();
    for (const mesh of due) {
      if (this.#stopped.signal.aborted) return;
      await this.#decide(mesh).catch((cause: unknown) => this.#parts.onFailure(mesh, cause));
    }
  }

  async #decide(mesh: string): Promise<void> {
    const { snapshots, reports } = this.#parts;
    const sessions = await reports(mesh);
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const head = await snapshots.head(mesh);
      if (head !== undefined && concerns(head, sessions)) {
        if (await this.#hold(head, sessions)) return;
      } else {
        if (this.#last?.mesh === mesh) this.#last = undefined;
        return;
      }
    }
  }

  /** @returns false when the head has moved meanwhile. */
  async #hold(head: Head, sessions: readonly SessionSummary[]): Promise<boolean> {
    const { snapshots, limits } = this.#parts;
    const snapshot = await this.#read(head);
    const isOff = limits.identities === undefined && limits.share === undefined;
    const refused = isOff ? [] : refusedTooOften(snapshot, sessions, limits);
    const before = head.held ?? [];
    const held = mergedHeld(isOff ? [] : stillHeld(before, snapshot), refused.map(contentOf));
    if (isSame(before, held)) return true;
    if (!(await snapshots.hold(head, held))) return false;
    this.#tell(head.mesh, before, held, refused);
    return true;
  }

  #tell(mesh: string, before: readonly HeldResource[], now: readonly HeldResource[], refused: readonly Refused[]): void {
    const [known, kept] = [new Set(before.map(heldKey)), new Set(now.map(heldKey))];
    const held = refused.filter((entry) => kept.has(heldKey(entry)) && !known.has(heldKey(entry)));
    // What was released is told of with the head that has it no more.
    if (held.length > 0) this.#parts.onNews({ mesh, held, released: [] });
  }

  async #read({ mesh, serving }: Head): Promise<MeshSnapshot> {
    const { key } = serving;
    if (this.#last?.mesh === mesh && this.#last.key === key) return this.#last.snapshot;
    const snapshot = await this.#parts.snapshots.read(mesh, serving);
    this.#last = { mesh, key, snapshot };
    return snapshot;
  }
}

/** Most looks end here, without the snapshot. */
function concerns({ held = [] }: Head, sessions: readonly SessionSummary[]): boolean {
  return (
    held.length > 0 || sessions.some(({ types }) => types.some(({ state, rejected }) => state === 'REJECTED' && rejected?.contents?.length))
  );
}

function contentOf({ typeUrl, name, hash }: HeldResource): HeldResource {
  return { typeUrl, name, hash };
}

function isSame(some: readonly HeldResource[], others: readonly HeldResource[]): boolean {
  const known = new Set(some.map(heldKey));
  return known.size === others.length && others.every((other) => known.has(heldKey(other)));
}
