import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { startProgram } from '../netns/program.ts';

// App Mesh's listeners have fixed ports, 15000 and 15001: an Envoy on the machine's own network could meet another there, and would be
// open to whoever reaches it.
const UNSHARE = ['unshare', ...(process.getuid?.() === 0 ? [] : ['--user', '--map-root-user']), '--net', '--'];
const WITH_LOOPBACK = [
  'sh',
  '-c',
  'PATH=$PATH:/usr/sbin:/sbin ip link set lo up && exec "$@"',
  'sh',
  'setpriv',
  '--pdeathsig',
  'KILL',
  '--',
];

/** Why no private network can be made here; undefined when it can. */
export async function whyNoPrivateNetwork(): Promise<string | undefined> {
  const trial = startProgram([...UNSHARE, ...WITH_LOOPBACK, 'true']);
  try {
    const { status } = await trial.ended;
    return status === 0 ? undefined : (trial.output().stderr.trim().split('\n').at(-1) ?? `status ${status}`);
  } catch (error) {
    return String(error);
  }
}

/** Runs this very command once more in a network namespace that holds a loopback and nothing else, and answers its exit status. */
export async function runInPrivateNetwork(env: NodeJS.ProcessEnv): Promise<number> {
  const [file = '', ...args] = [...UNSHARE, ...WITH_LOOPBACK, process.execPath, ...process.argv.slice(1)];
  const child = spawn(file, args, { stdio: 'inherit', env });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => child.kill(signal));
  const [status] = (await once(child, 'close')) as [number | null];
  return status ?? 1;
}
