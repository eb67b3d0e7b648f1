import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Api, type ApiParts, createApi } from '@meshwright/api';
import { type MeshReplicas, type MeshStore, MeshWriter, type Quotas } from '@meshwright/model';

/** What the API answers from beside what is given to it as it is. */
export interface LocalApiParts extends Omit<ApiParts, 'writer' | 'now' | 'newId'> {
  readonly store: MeshStore;
  readonly replicas: MeshReplicas;
  readonly quotas?: Quotas | undefined;
}

/** The API of an embedded store, on this process's clocks and randomness. */
export function localApi({ replicas, quotas, ...parts }: LocalApiParts): Api {
  const time = {
    now: Date.now,
    monotonic: () => performance.now(),
    newUid: randomUUID,
    random: Math.random,
    sleep: (millis: number, signal?: AbortSignal) => sleep(millis, undefined, signal && { signal }),
  };
  const { store, identity } = parts;
  const writer = new MeshWriter({ store, replicas, identity, ...time, ...(quotas && { quotas }) });
  return createApi({ ...parts, writer, now: Date.now, newId: randomUUID });
}
