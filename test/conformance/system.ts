import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ApiRequestEvent } from '@meshwright/api';
import { SqliteStore, startLocal } from '@meshwright/local';

/** The account and region a system answers for. */
export const ACCOUNT = '123456789012';
/** An account whose meshes nobody shares with this one. */
export const OTHER_ACCOUNT = '210987654321';

/** A running control plane, as tests see it: the same in one process and on AWS. */
export interface System {
  /** Without a slash at its end; another one after a restart. */
  readonly apiUrl: string;
  readonly relayPort: number;
  /** Requests answered so far, oldest first, also those before a restart. */
  readonly answered: readonly ApiRequestEvent[];
  /** Ends it and starts it again on the same data: nothing that it holds in memory is left. */
  restart(): Promise<void>;
  /** How many commits a mesh of ACCOUNT has had. The system is ended for the look, because it has its data to itself, and started again. */
  generation(mesh: string): Promise<bigint>;
  /** @throws Error with the causes of answers of 500 and above: no test here is about them. */
  close(): Promise<void>;
}

/** The control plane in this process, on free ports of the loopback and a data folder of its own. */
export async function startSystem(): Promise<System> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'meshwright-conformance-'));
  const answered: ApiRequestEvent[] = [];
  const start = () => startLocal({ apiPort: 0, xdsPort: 0, dataFolder, onRequest: (event) => answered.push(event) });
  let server = await start();
  return {
    get apiUrl() {
      return server.apiUrl;
    },
    get relayPort() {
      return server.xdsPort;
    },
    answered,
    async restart() {
      await server.close();
      server = await start();
    },
    async generation(mesh) {
      await server.close();
      const store = SqliteStore.open(join(dataFolder, 'mesh.db'));
      const generation = await store.generation({ owner: ACCOUNT, mesh });
      store.close();
      server = await start();
      return generation;
    },
    async close() {
      await server.close();
      await rm(dataFolder, { recursive: true });
      const causes = answered.filter(({ status }) => status >= 500).map(({ cause }) => cause);
      if (causes.length > 0) throw new AggregateError(causes, `${causes.length} requests were answered with 500 or above`);
    },
  };
}
