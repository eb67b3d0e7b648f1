import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { envoyBootstrap } from '@meshwright/local';
import { envoyStats } from '../process/envoyStats.ts';
import { poll } from '../process/poll.ts';
import { startProgram } from '../process/program.ts';

/** A real Envoy that takes all it runs from a relay. */
export interface EnvoyProcess {
  /** Body of an admin path. */
  admin(path: string): Promise<string>;
  /** Resolves when Envoy is LIVE: it has had its first clusters and listeners. */
  ready(): Promise<void>;
  /** Value of one counter or gauge. */
  stat(name: string): Promise<number>;
  /** `host:port` a listener of the configuration is bound to. */
  listenerAddress(name: string): Promise<string>;
  stop(): Promise<void>;
}

/**
 * Starts Envoy with the bootstrap that ships.
 * @throws Error as `startEnvoyWith` does.
 */
export async function startEnvoy(
  binary: string,
  options: { readonly nodeId: string; readonly xdsPort: number; readonly protocol: 'sotw' | 'delta' },
): Promise<EnvoyProcess> {
  return await startEnvoyWith(binary, envoyBootstrap({ ...options, xdsHost: '127.0.0.1', adminPort: 0 }));
}

/**
 * Starts Envoy with a bootstrap whose admin port is 0.
 * @throws Error with Envoy's log when it does not come as far as telling its admin address; nothing is left of it then.
 */
export async function startEnvoyWith(binary: string, bootstrap: object): Promise<EnvoyProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'relay-envoy-'));
  const adminFile = join(folder, 'admin');
  const flags = ['--use-dynamic-base-id', '--concurrency', '1', '--log-level', 'warn', '--admin-address-path', adminFile];
  const program = startProgram([binary, '--config-yaml', JSON.stringify(bootstrap), ...flags]);
  const stop = async (): Promise<void> => {
    await program.end('SIGKILL').catch(() => {});
    await rm(folder, { recursive: true });
  };
  let over = false;
  program.ended
    .catch(() => {})
    .finally(() => {
      over = true;
    });
  const waiting = { what: 'Envoy', isOver: () => over, explain: () => program.output().stderr };
  try {
    const ask = () => readFile(adminFile, 'utf8').catch(() => '');
    return envoyAt(await poll({ ...waiting, ask, wanted: (address) => address !== '' }), stop);
  } catch (error) {
    await stop();
    throw error;
  }
}

function envoyAt(address: string, stop: () => Promise<void>): EnvoyProcess {
  const admin = async (path: string): Promise<string> => (await fetch(`http://${address}${path}`)).text();
  return {
    admin,
    async ready() {
      await poll({ what: 'Envoy', ask: () => admin('/ready'), wanted: (answer) => answer.trim() === 'LIVE' });
    },
    stat: async (name) => (await envoyStats(admin, `^${name.replaceAll('.', '\\.')}$`))[name] ?? 0,
    async listenerAddress(name) {
      const lines = (await admin('/listeners')).trim().split('\n');
      const found = lines.find((line) => line.startsWith(`${name}::`));
      if (found === undefined) throw new Error(`Envoy has no listener ${name}: ${lines.join(', ')}`);
      return found.slice(name.length + 2);
    },
    stop,
  };
}
