/** Brings a fresh clone to a runnable state: packages as the lockfile says, Envoy messages generated, a Node 24 at hand. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { delimiter, join, sep } from 'node:path';
import { withLock } from './lock.mjs';
import { explainNpm, SetupFailed } from './setupFailed.mjs';
import { runAttached } from './supervise.mjs';

const NODE_MAJOR = 24;
const PROGRESS_MILLIS = 5_000;

/**
 * @typedef {object} Step
 * @property {string} title
 * @property {(root: string) => boolean} isDone cheap: it runs before every command
 * @property {(root: string, tell: (progress: string) => void) => Promise<void>} run
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
  mkdirSync(join(root, '.cache'), { recursive: true });
  const onWait = (/** @type {number} */ pid) => say(`waiting for process ${pid}, which is setting up this clone`);
  await withLock(join(root, '.cache', 'set-up.lock'), () => runSteps(root, say), { onWait });
}

/**
 * Path of the Node 24 that runs everything else: this one, or the one the packages brought.
 * @param {string} root
 * @throws SetupFailed when this Node is older and no package brings one for this machine.
 */
export function node24(root) {
  if (Number.parseInt(process.versions.node, 10) >= NODE_MAJOR) return process.execPath;
  const fromPackages = join(root, 'node_modules', '.bin', 'node');
  if (existsSync(fromPackages)) return realpathSync(fromPackages);
  throw new SetupFailed(
    `Node ${NODE_MAJOR} or newer is needed. This is Node ${process.versions.node}, and npm has installed none for ${process.platform}-${process.arch}` +
      ` (packages with one exist for linux-x64 and linux-arm64). Install Node ${NODE_MAJOR} from https://nodejs.org and run the command again.`,
  );
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
    let progress = '';
    say(`${label}: ${step.title}`);
    const timer = setInterval(() => say(`${label}: ${seconds()}${progress}`), PROGRESS_MILLIS);
    try {
      await step.run(root, (text) => {
        progress = `, ${text}`;
      });
    } finally {
      clearInterval(timer);
    }
    say(`${label}: done in ${seconds()}`);
  }
}

/**
 * Whether npm's own record of what it installed agrees with the lockfile; npm writes that record last.
 * @param {string} root
 */
function packagesAreCurrent(root) {
  const record = join(root, 'node_modules', '.package-lock.json');
  if (!existsSync(record)) return false;
  const installed = JSON.parse(readFileSync(record, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.keys(wanted).every((path) => {
    if (path === '') return true;
    // Packages for other platforms are optional and not installed.
    if (installed[path] === undefined) return wanted[path].optional === true;
    return installed[path].version === wanted[path].version && installed[path].integrity === wanted[path].integrity;
  });
}

/**
 * @param {string} root
 * @param {(progress: string) => void} tell
 */
async function installPackages(root, tell) {
  let output = '';
  const onOutput = (/** @type {string} */ chunk) => {
    output += chunk;
    tell(`${output.match(/^npm http fetch GET 200 \S+\.tgz/gm)?.length ?? 0} packages fetched`);
  };
  // npm must not run on the Node inside the folder that it empties. Install scripts are not needed, so none is trusted.
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.endsWith(join('node_modules', '.bin')));
  const env = { ...process.env, PATH: folders.join(delimiter) };
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=http', '--json=false'];
  const code = await runAttached(process.execPath, ['--', 'npm', 'ci', ...options], { cwd: root, env, onOutput });
  if (code !== 0) throw new SetupFailed(explainNpm(code, output));
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
  const code = await runAttached(node24(root), [generate], { cwd: root, env: process.env, onOutput });
  if (code !== 0) throw new SetupFailed(`Generating the Envoy messages failed with exit code ${code}; it said:\n${output.trim()}`);
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
