/** The packages of the lockfile, and the Node 24 that comes with them. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { explainNpm, SetupFailed } from './setupFailed.mjs';
import { runAttached, SETUP_GRACE_MILLIS } from './supervise.mjs';

const NODE_MAJOR = 24;
/** The package with a Node for this machine, where there is one. */
const OWN_NODE = `node_modules/node-${process.platform}-${process.arch}`;

/** @typedef {Readonly<Record<string, { readonly version?: string, readonly integrity?: string, readonly optional?: boolean }>>} Packages */

/**
 * Path of the Node 24 that runs everything else: this one, or the one the packages brought.
 * @param {string} root
 * @param {string} [running] version of this Node
 * @throws SetupFailed when this Node is older and no package brings one for this machine.
 */
export function node24(root, running = process.versions.node) {
  if (isNewEnough(running)) return process.execPath;
  // By its own path: npm 10, which Node 20 brings, makes no link to it in node_modules/.bin.
  const fromPackages = join(root, OWN_NODE, 'bin', 'node');
  if (existsSync(fromPackages)) return realpathSync(fromPackages);
  throw new SetupFailed(
    `Node ${NODE_MAJOR} or newer is needed. This is Node ${running}, and npm has installed none for ${process.platform}-${process.arch}` +
      ` (packages with one exist for linux-x64 and linux-arm64). Install Node ${NODE_MAJOR} from https://nodejs.org and run the command again.`,
  );
}

/**
 * Whether npm's own record of what it installed agrees with the lockfile; npm writes that record last.
 * @param {string} root
 * @param {string} [running] version of this Node
 */
export function packagesAreCurrent(root, running = process.versions.node) {
  const installed = packagesIn(recordOf(root));
  const wanted = packagesIn(join(root, 'package-lock.json'));
  if (installed === undefined || wanted === undefined) return false;
  const ownNode = isNewEnough(running) ? undefined : OWN_NODE;
  return Object.entries(wanted).every(([path, { version, integrity, optional }]) => {
    if (path === '') return true;
    const found = installed[path];
    // Packages for other platforms are optional and not installed; npm also drops one whose files it could not write.
    if (found === undefined) return optional === true && path !== ownNode;
    return found.version === version && found.integrity === integrity;
  });
}

/**
 * @param {string} root
 * @param {(progress: () => string) => void} tell
 * @throws SetupFailed also when npm says that all went well, and it did not.
 */
export async function installPackages(root, tell) {
  let output = '';
  const onOutput = (/** @type {string} */ chunk) => {
    output += chunk;
  };
  let told = 0;
  tell(() => {
    const fetched = output.match(/^npm http fetch GET 200 \S+\.tgz/gm)?.length ?? 0;
    // npm says nothing of unpacking, which goes on when no more come.
    const isUnpacking = fetched > 0 && fetched === told;
    told = fetched;
    return isUnpacking ? `${fetched} packages fetched, unpacking` : `${fetched} packages fetched`;
  });
  // npm must not run on the Node inside the folder that it empties. Install scripts are not needed, so none is trusted.
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => !folder.endsWith(join('node_modules', '.bin')));
  const env = { ...process.env, PATH: folders.join(delimiter) };
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=http', '--json=false'];
  // While npm empties the folder, its record would still say that everything is there.
  rmSync(recordOf(root), { force: true });
  const child = { cwd: root, env, onOutput, graceMillis: SETUP_GRACE_MILLIS };
  const code = await runAttached(process.execPath, ['--', 'npm', 'ci', ...options], child);
  const problem = explainNpm(code, output) ?? problemAfterInstall(root);
  if (problem === undefined) return;
  rmSync(recordOf(root), { force: true });
  throw new SetupFailed(problem);
}

/**
 * What is wrong with packages that npm says it has installed.
 * @param {string} root
 * @param {string} [running] version of this Node
 * @returns {string | undefined}
 */
export function problemAfterInstall(root, running = process.versions.node) {
  // Says what to do where no package brings a Node; otherwise npm owes one.
  const node = node24(root, running);
  const tryAgain = 'Check that the disk has about 1 GB left, remove node_modules and run the command again.';
  if (!packagesAreCurrent(root, running))
    return `npm ci succeeded, but its record of what it installed is not package-lock.json's. ${tryAgain}`;
  const { status, stdout } = spawnSync(node, ['--version'], { encoding: 'utf8' });
  if (status === 0 && isNewEnough(stdout.trim().replace(/^v/, ''))) return undefined;
  return `npm ci succeeded, but the Node ${NODE_MAJOR} that it installed (${node}) does not run. ${tryAgain}`;
}

/** @param {string} version */
function isNewEnough(version) {
  return Number.parseInt(version, 10) >= NODE_MAJOR;
}

/** @param {string} root */
function recordOf(root) {
  return join(root, 'node_modules', '.package-lock.json');
}

/**
 * @param {string} path
 * @returns {Packages | undefined} nothing when there is no such file or it is damaged
 */
function packagesIn(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))?.packages;
  } catch {
    return undefined;
  }
}
