import { setTimeout } from 'node:timers/promises';
import { StartFailed } from './startFailed.ts';

/** A server that is just ending holds its ports about this long at most. */
const HELD_MILLIS = 2_000;
const POLL_MILLIS = 100;

/** Names a port to people. */
export interface PortNames {
  readonly what: string;
  readonly flag: string;
  readonly host: string;
  readonly port: number;
}

/**
 * Binds a port, waiting a little for one that another process is just giving up.
 * @throws StartFailed naming the port and its flag.
 */
export async function listenPatiently<T>(listen: () => Promise<T>, names: PortNames): Promise<T> {
  for (let waited = 0; ; waited += POLL_MILLIS) {
    try {
      return await listen();
    } catch (error) {
      const reason = reasonOf(error);
      if (reason === undefined) throw error;
      if (reason !== 'taken' || waited >= HELD_MILLIS) throw failure(names, reason, error);
    }
    await setTimeout(POLL_MILLIS);
  }
}

function reasonOf(error: unknown): 'taken' | 'forbidden' | undefined {
  // grpc-js gives the system's error as text only.
  const text = error instanceof Error ? `${'code' in error ? error.code : ''} ${error.message}` : '';
  if (text.includes('EADDRINUSE')) return 'taken';
  return text.includes('EACCES') ? 'forbidden' : undefined;
}

function failure({ what, flag, host, port }: PortNames, reason: 'taken' | 'forbidden', cause: unknown): StartFailed {
  const fact = reason === 'taken' ? 'is taken by another process: stop it' : 'may not be used by this user: pick one above 1023';
  return new StartFailed(`${what} port ${host}:${port} ${fact}, or choose another port with ${flag} (0 picks a free one)`, cause);
}
