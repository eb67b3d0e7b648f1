/** Brings a fresh clone to a runnable state: packages as the lockfile says, Envoy messages generated, a Node 24 at hand. */
import { createHash } from 'node:crypto';
import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, sep } from 'node:path';
import { withLock } from './lock.mjs';
import { installPackages, node24, packagesAreCurrent } from './packages.mjs';
import { explainFileError, explainGenerator, SetupFailed } from './setupFailed.mjs';
import { runAttached, SETUP_GRACE_MILLIS } from './supervise.mjs';

const PROGRESS_MILLIS = 5_000;

/**
 * @typedef {object} Step
 * @property {string} title
 * @property {(root: string) => boolean} isDone cheap: it runs before every command
 * @property {(root: string, tell: (progress: () => string) => void) => Promise<void>} run `progress` is asked every now and then
 */

/** @type {readonly Step[]} */
const steps = [
  { title: 'installing packages (npm ci)', isDone: packagesAreCurrent, run: installPackages },
  { title: 'generating Envoy messages', isDone: messagesAreCurrent, run: generateMessages },
];

/**
 * Does what is missing, and nothing when nothing is; two launches in one clone do it one after the other.
 * @param {string} root
 * @param {(line: string) => void} say
 * @throws SetupFailed
 */
export async function prepareClone(root, say) {
  if (steps.every((step) => step.isDone(root))) return;
  const lock = join(root, '.cache', 'set-up.lock');
  const onWait = (/** @type {number} */ pid) => say(`waiting for process ${pid}, which is setting up this clone`);
  const onUnowned = (/** @type {number} */ millis) =>
    say(`${lock} names no owner: taking it over when that stays so for ${millis / 1000} s`);
  try {
    // Node tells ENOENT for a folder that it should make on a read-only file system.
    accessSync(root, constants.W_OK);
    mkdirSync(join(root, '.cache'), { recursive: true });
    await withLock(lock, () => runSteps(root, say), { onWait, onUnowned });
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw new SetupFailed(explainFileError(root, error.message));
    throw error;
  }
}

/**
 * @param {string} root
 * @param {(line: string) => void} say
 */
async function runSteps(root, say) {
  for (const [index, step] of steps.entries()) {
    if (step.isDone(root)) continue;
    const label = `step ${index + 1} of ${steps.length}`;
    const started = Date.now();
    const seconds = () => `${((Date.now() - started) / 1000).toFixed(0)} s`;
    let progress = () => '';
    say(`${label}: ${step.title}`);
    const timer = setInterval(() => say(`${label}: ${seconds()}${progress()}`), PROGRESS_MILLIS);
    try {
      await step.run(root, (tell) => {
        progress = () => `, ${tell()}`;
      });
    } finally {
      clearInterval(timer);
    }
    say(`${label}: done in ${seconds()}`);
  }
}

/** @param {string} root */
function messagesAreCurrent(root) {
  const stamp = messagesStamp(root);
  return existsSync(stamp.path) && readFileSync(stamp.path, 'utf8') === stamp.content();
}

/** @param {string} root */
async function generateMessages(root) {
  let output = '';
  const onOutput = (/** @type {string} */ chunk) => {
    output += chunk;
  };
  const generate = join(root, 'packages', 'envoy-api', 'generate', 'generate.ts');
  const child = { cwd: root, env: process.env, onOutput, graceMillis: SETUP_GRACE_MILLIS };
  const code = await runAttached(node24(root), [generate], child);
  if (code !== 0) throw new SetupFailed(explainGenerator(code, output));
  const stamp = messagesStamp(root);
  writeFileSync(stamp.path, stamp.content());
}

/**
 * What the messages are made from, so that the generator (0.7 s) need not be asked before every command.
 * @param {string} root
 */
function messagesStamp(root) {
  const folder = join(root, 'packages', 'envoy-api');
  const inputs = [
    join(folder, 'generate', 'envoy.binpb'),
    join(folder, 'generate', 'generate.ts'),
    join(root, 'node_modules', '@bufbuild', 'protoc-gen-es', 'package.json'),
  ];
  return {
    path: [folder, 'gen', '.inputs'].join(sep),
    content: () => {
      const hash = createHash('sha256');
      for (const input of inputs) if (existsSync(input)) hash.update(readFileSync(input));
      return hash.digest('hex');
    },
  };
}
