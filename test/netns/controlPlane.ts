import { fileURLToPath } from 'node:url';
import type { Program } from '../process/program.ts';
import type { Topology } from './topology.ts';

/** A control plane that runs in the hub, reached from there at `apiUrl` and by the proxies at the topology's xDS address. */
export interface ControlPlane {
  readonly apiUrl: string;
  readonly program: Program;
}

/** The hub is a network of its own: no port in it can be taken. */
const API_PORT = 8080;
const CLI = fileURLToPath(new URL('../../packages/local/src/cli.ts', import.meta.url));

/**
 * Starts the real command line as a process of its own and waits until it says that it is ready. Its data is in the topology's folder:
 * one started after another has ended takes up what that one left.
 * @throws Error with what it said when it ends instead.
 */
export async function startControlPlane(topology: Topology): Promise<ControlPlane> {
  const flags = ['--api-port', `${API_PORT}`, '--xds-port', `${topology.xdsPort}`, '--data', `${topology.folder}/data`];
  const program = topology.start('hub', [process.execPath, CLI, 'start', ...flags]);
  await program.line(/^ready /);
  return { apiUrl: `http://127.0.0.1:${API_PORT}`, program };
}
