/** Flags of `start`; npm has settings of none of these names. */
const FLAGS = [
  'sample',
  'api-port',
  'xds-port',
  'data',
  'account',
  'region',
  'quotas',
  'quota',
  'log-retention-days',
  'allow-host',
  'hold-identities',
  'hold-share',
  'log',
];

/**
 * `npm start --sample` hands the flag to npm, which keeps it as a setting of its own and starts without it.
 * @param {NodeJS.ProcessEnv} env as npm left it
 * @returns {string | undefined} what to write instead; nothing when npm took nothing
 */
export function takenByNpm(env) {
  const taken = FLAGS.flatMap((flag) => {
    const value = env[`npm_config_${flag.replaceAll('-', '_')}`];
    return value === undefined ? [] : [value === 'true' ? `--${flag}` : `--${flag} ${value}`];
  });
  if (taken.length === 0) return undefined;
  const names = taken.map((flag) => flag.split(' ', 1)[0]).join(', ');
  return `npm took ${names} for itself: write \`npm start -- ${taken.join(' ')}\` (the -- hands flags on)`;
}
