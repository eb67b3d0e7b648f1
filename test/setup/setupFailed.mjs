import { constants } from 'node:os';

/** Set-up cannot go on; the message is one paragraph that names the fix. */
export class SetupFailed extends Error {
  /** @override */
  name = 'SetupFailed';
}

const DISK_IS_FULL = 'The disk is full. Free about 1 GB and run the command again.';
/** npm only warns when it cannot write a package's files, and exits with 0. */
const DISK_WAS_FULL = /ENOSPC|EDQUOT|no space left/i;

/** What npm said → what it means and what to do; the first that matches. */
const knownFailures = [
  {
    says: /spawn npm ENOENT|env: .*node.*No such file/,
    means: 'npm was not found. Install Node with npm (https://nodejs.org) and run the command again.',
  },
  {
    says: /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET_TIMEOUT|network/,
    means:
      'The package registry cannot be reached. Check the network, and `npm config get registry` and the proxy settings, then run the command again.',
  },
  {
    says: /\bE40[13]\b/,
    means: 'The package registry refused access. Check `npm config get registry` and its credentials, then run the command again.',
  },
  {
    says: /EUSAGE|in sync/,
    means: 'package.json and package-lock.json disagree. Run `npm install` once (and commit the lockfile), then run the command again.',
  },
  {
    says: /EACCES|EPERM|EROFS/,
    means: 'node_modules cannot be written. Make the clone writable for this user, or remove node_modules, then run the command again.',
  },
];

const SHOWN_LINES = 15;

/**
 * @param {number} code npm's exit code
 * @param {string} output all that npm printed
 * @returns {string | undefined} nothing when npm neither failed nor warned of a file that it could not write
 */
export function explainNpm(code, output) {
  const diskWasFull = DISK_WAS_FULL.test(output);
  if (code === 0 && !diskWasFull) return undefined;
  const lines = output.split('\n').filter((line) => line.trim() !== '' && !/^npm (?:http|warn|notice)/i.test(line));
  const meaning = diskWasFull ? DISK_IS_FULL : knownFailures.find(({ says }) => says.test(lines.join('\n')))?.means;
  // Without a line npm did not fail by itself: some of its exit codes are those of signals.
  if (meaning === undefined && lines.length === 0) return `Installing packages (npm ci) ${endedBy(code)}. ${RUN_AGAIN}`;
  // What matters comes first; for some errors npm prints its help after it.
  const said = code === 0 ? [] : lines.slice(0, SHOWN_LINES);
  const failed = code === 0 ? 'Installing packages failed.' : `Installing packages failed (npm ci, exit code ${code}).`;
  return [`${failed} ${meaning ?? 'What npm said is below.'}`, ...said].join('\n');
}

/**
 * @param {number} code exit code of the generator
 * @param {string} output all that it printed
 * @returns {string}
 */
export function explainGenerator(code, output) {
  if (DISK_WAS_FULL.test(output)) return `Generating the Envoy messages failed. ${DISK_IS_FULL}`;
  const said = output.trim();
  const summary = `Generating the Envoy messages ${endedBy(code)}`;
  return said === '' ? `${summary}. ${RUN_AGAIN}` : `${summary}; it said:\n${said}`;
}

/**
 * @param {string} root
 * @param {string} said by a call to the system that failed
 * @returns {string}
 */
export function explainFileError(root, said) {
  if (DISK_WAS_FULL.test(said)) return `Set-up failed. ${DISK_IS_FULL} (${said})`;
  if (/EEXIST|ENOTDIR/.test(said))
    return `Set-up needs a folder where something else lies: ${said}. Remove that and run the command again.`;
  return (
    `Set-up writes node_modules, .cache and packages/envoy-api/gen in ${root}, and could not: ${said}.` +
    ' Make the clone writable for this user, or use a copy that is, then run the command again.'
  );
}

const RUN_AGAIN = 'Run the command again: what is not whole is done again. If that does not help, remove node_modules first.';

/**
 * @param {number} code as a shell tells it: 128 and the number of the signal
 * @returns {string}
 */
function endedBy(code) {
  const signal = Object.entries(constants.signals).find(([, number]) => number === code - 128)?.[0];
  return signal === undefined ? `failed with exit code ${code}` : `was ended by a signal (${signal})`;
}
