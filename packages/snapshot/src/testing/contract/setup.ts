import { expect } from 'vitest';
import type { Head, HoldableSnapshots, Published, SnapshotStore } from '../../store.ts';
import { sampleSnapshot } from '../sampleSnapshot.ts';

/** The objects behind a store, past the port: for looking at them and for damaging them. */
export interface ObjectAccess {
  keys(mesh: string): Promise<readonly string[]>;
  get(mesh: string, key: string): Promise<Uint8Array>;
  put(mesh: string, key: string, bytes: Uint8Array): Promise<void>;
  remove(mesh: string, key: string): Promise<void>;
}

/** Why something of the contract is not run over a medium. */
export interface Skipped {
  readonly skipped: string;
}

/** Heads that go back under those who watch them. */
export interface Rewinding {
  remember(): Promise<void>;
  lose(): Promise<void>;
  putBack(): Promise<void>;
}

/** One empty store and what the contract needs beside it. */
export interface SnapshotStoreSetup {
  /** One that cannot hold content is for readers, and that part of the contract is not run. */
  readonly store: SnapshotStore & Partial<HoldableSnapshots>;
  readonly objects: ObjectAccess;
  /** Another store on the same medium, as after a restart; the first one is not used any more. */
  reopen(): Promise<SnapshotStore>;
  /**
   * Opens another store on the same medium, in place of all others, whose process dies at the `step`-th thing it does there, from 0:
   * that and everything after it fails. Resolves, after `use` has ended however it ended, to whether it died.
   */
  readonly dying: ((step: number, use: (store: SnapshotStore) => Promise<unknown>) => Promise<boolean>) | Skipped;
  /** Lets the next reads of the heads fail that a watch makes; answers when they have. */
  readonly failWatchReads: ((times: number) => Promise<void>) | Skipped;
  /** Loses all heads, or puts them back as `remember` found them, as a table that is made anew or restored to an earlier time. */
  readonly rewinding: Rewinding | Skipped;
  /** Why publishers are not let race, where a stand-in does not judge conditions as the real thing does. */
  readonly racing?: Skipped;
  close(): Promise<void>;
}

/** The setup of the test that is running. */
export type CurrentSetup = () => SnapshotStoreSetup;

export const MESH = '123456789012/apps';
export const OTHER_MESH = '123456789012/shop';

/** Whether a part of the setup is left out; narrows it to what it does where it is not. */
export function isSkipped<Part extends object>(part: Part | Skipped | undefined): part is Skipped {
  return part !== undefined && 'skipped' in part;
}

export async function headOf(store: SnapshotStore, mesh = MESH): Promise<Head> {
  const head = await store.head(mesh);
  if (head === undefined) throw new Error(`${mesh} has no head`);
  return head;
}

interface Next {
  readonly epoch?: number;
  readonly n: bigint;
  readonly build?: number;
  readonly content?: string;
}

/** Publishes from the head as it is and answers the head that follows. */
export async function publishNext(store: SnapshotStore, { content = 'a', ...version }: Next, mesh = MESH): Promise<Head> {
  const parent: Published | undefined = (await store.head(mesh))?.latest;
  const outcome = await store.publish(sampleSnapshot({ mesh, version, content }), parent);
  expect(outcome).not.toBe('stale');
  return await headOf(store, mesh);
}
