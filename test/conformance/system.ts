import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { createAdaptorServer } from '@hono/node-server';
import { type ApiRequestEvent, createApi } from '@meshwright/api';
import { MemoryStore } from '@meshwright/local';
import { MeshWriter } from '@meshwright/model';

/** A running control plane, as tests see it: the same in one process and on AWS. */
export interface System {
  readonly apiUrl: string;
  /** Requests answered so far, oldest first. */
  readonly answered: readonly ApiRequestEvent[];
  close(): Promise<void>;
}

/** The API alone, over a store in memory, on a free port of the loopback. */
export async function startSystem(): Promise<System> {
  const store = new MemoryStore();
  const identity = { account: '123456789012', region: 'us-east-1', partition: 'aws' };
  const time = { now: Date.now, newUid: randomUUID, random: Math.random, sleep: (millis: number) => setTimeout(millis) };
  const answered: ApiRequestEvent[] = [];
  const api = createApi({
    store,
    writer: new MeshWriter({ store, identity, ...time }),
    identity,
    now: Date.now,
    newId: randomUUID,
    onRequest: (event) => answered.push(event),
  });
  const server = createAdaptorServer({ fetch: (request, { incoming }) => api.fetch(request, incoming.url ?? '') }) as Server;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port.');
  return {
    apiUrl: `http://127.0.0.1:${address.port}`,
    answered,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
