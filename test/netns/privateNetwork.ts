import { outcomeOf, runAgainBehind } from '../process/run.ts';

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

/** Runs what follows it in a network namespace that holds a loopback and nothing else. */
export const IN_PRIVATE_NETWORK: readonly string[] = [...UNSHARE, ...WITH_LOOPBACK];

/** Why no private network can be made here; undefined when it can. */
export async function whyNoPrivateNetwork(): Promise<string | undefined> {
  const trial = await outcomeOf([...IN_PRIVATE_NETWORK, 'true']).catch((error: Error) => ({ status: null, stderr: error.message }));
  return trial.status === 0 ? undefined : trial.stderr.trim().split('\n').at(-1) || `status ${trial.status}`;
}

/** Runs this very command once more in a network namespace that holds a loopback and nothing else, and answers its exit status. */
export function runInPrivateNetwork(env: NodeJS.ProcessEnv): Promise<number> {
  return runAgainBehind(IN_PRIVATE_NETWORK, env);
}
