import { setTimeout } from 'node:timers/promises';
import type { RequestedChange, WriteRequest } from '../change.ts';
import type { Ref, Specs } from '../resource.ts';
import type { MeshStore } from '../store.ts';
import { MeshWriter, type MeshWriterParts } from '../writer.ts';
import { APPS } from './sampleResources.ts';

const identity = { account: APPS.owner, region: 'us-east-1', partition: 'aws' };

let made = 0;

/** A writer with its own replica on the real clock, as in a process of its own. */
export function writerOn(store: MeshStore, parts: Partial<MeshWriterParts> = {}): MeshWriter {
  const sleep = (millis: number, signal?: AbortSignal): Promise<void> => setTimeout(millis, undefined, signal && { signal });
  const monotonic = (): number => performance.now();
  const newUid = (): string => `uid-${++made}`;
  return new MeshWriter({ store, identity, now: Date.now, monotonic, newUid, random: Math.random, sleep, ...parts });
}

/** A clock on which only waiting takes time: nobody really waits, and who keeps silent is waited for until `advance`. */
export class SteppedClock {
  readonly waits: number[] = [];
  readonly #alarms: { readonly at: number; readonly ring: () => void }[] = [];
  now = 0;

  /** What a writer on this clock is made with; a wait with a signal is a deadline, which is not what takes the time. */
  readonly parts: Pick<MeshWriterParts, 'monotonic' | 'sleep'> = {
    monotonic: () => this.now,
    sleep: async (millis, signal) => {
      if (signal !== undefined) return new Promise((ring) => this.#alarms.push({ at: this.now + millis, ring }));
      this.waits.push(millis);
      this.now += millis;
    },
  };

  advance(millis: number): void {
    this.now += millis;
    for (const { at, ring } of this.#alarms) if (at <= this.now) ring();
  }
}

/** A request to change the mesh `apps`, with a write id of its own. */
export function request(changes: readonly RequestedChange[], token?: WriteRequest['token']): WriteRequest {
  return { mesh: APPS, changes, writeId: `write-${++made}`, author: 'tests', source: 'Test', ...(token && { token }) };
}

/** Asks for a new resource. */
export function create(ref: Ref, spec: Specs[Ref['kind']] = {}): RequestedChange {
  return { action: 'create', ref, spec };
}
