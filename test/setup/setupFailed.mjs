/** Set-up cannot go on; the message is one paragraph that names the fix. */
export class SetupFailed extends Error {
  /** @override */
  name = 'SetupFailed';
}

/** What npm said → what it means and what to do; the first that matches. */
const knownFailures = [
  {
    says: /spawn npm ENOENT|env: .*node.*No such file/,
    means: 'npm was not found. Install Node with npm (https://nodejs.org) and run the command again.',
  },
  { says: /ENOSPC|no space left/i, means: 'The disk is full. Free about 1 GB and run the command again.' },
  {
    says: /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT|network/,
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
 * @returns {string}
 */
export function explainNpm(code, output) {
  const lines = output.split('\n').filter((line) => line.trim() !== '' && !/^npm (?:http|warn|notice)/.test(line));
  const meaning = knownFailures.find(({ says }) => says.test(lines.join('\n')))?.means;
  // What matters comes first; for some errors npm prints its help after it.
  const said = lines.slice(0, SHOWN_LINES).join('\n');
  return `Installing packages failed (npm ci, exit code ${code}). ${meaning ?? 'What npm said is below.'}\n${said}`;
}
