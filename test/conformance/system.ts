import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiRequestEvent } from '@meshwright/api';
import { startLocal } from '@meshwright/local';

/** A running control plane, as tests see it: the same in one process and on AWS. */
export interface System {
  readonly apiUrl: string;
  readonly relayPort: number;
  /** Requests answered so far, oldest first. */
  readonly answered: readonly ApiRequestEvent[];
  close(): Promise<void>;
}

/** The control plane in this process, on free ports of the loopback and a data folder of its own. */
export async function startSystem(): Promise<System> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'meshwright-conformance-'));
  const answered: ApiRequestEvent[] = [];
  const server = await startLocal({ apiPort: 0, xdsPort: 0, dataFolder, onRequest: (event) => answered.push(event) });
  return {
    apiUrl: server.apiUrl,
    relayPort: server.xdsPort,
    answered,
    async close() {
      await server.close();
      await rm(dataFolder, { recursive: true });
    },
  };
}
