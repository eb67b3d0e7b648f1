import type { RequestedChange, WriteRequest } from '../change.ts';
import type { Ref, Specs } from '../resource.ts';
import type { MeshStore } from '../store.ts';
import { MeshWriter, type MeshWriterParts } from '../writer.ts';
import { APPS } from './sampleResources.ts';

const identity = { account: APPS.owner, region: 'us-east-1', partition: 'aws' };

let made = 0;

/** A writer with its own replica, as in a process of its own. Waits are real but short, and nothing else takes time: a slow machine makes nobody give up. */
export function writerOn(store: MeshStore, parts: Partial<MeshWriterParts> = {}): MeshWriter {
  let waited = 0;
  const sleep = (millis: number): Promise<void> => {
    waited += millis;
    return new Promise((resolve) => setTimeout(resolve, millis));
  };
  const monotonic = (): number => waited;
  const newUid = (): string => `uid-${++made}`;
  return new MeshWriter({ store, identity, now: Date.now, monotonic, newUid, random: Math.random, sleep, ...parts });
}

/** A request to change the mesh `apps`, with a write id of its own. */
export function request(changes: readonly RequestedChange[], token?: WriteRequest['token']): WriteRequest {
  return { mesh: APPS, changes, writeId: `write-${++made}`, author: 'tests', source: 'Test', ...(token && { token }) };
}

/** Asks for a new resource. */
export function create(ref: Ref, spec: Specs[Ref['kind']] = {}): RequestedChange {
  return { action: 'create', ref, spec };
}
