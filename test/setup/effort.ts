declare module 'vitest' {
  interface ProvidedContext {
    /**
     * How much of what chance finds is searched: `inject('effort')` times as many random cases, kills and requests.
     * 1 in `npm test`, 10 in `npm run test:slow`, a fifth in `npm run check`, so counts of unit tests are multiples of five;
     * what a test counts by it, its timeout is multiplied with, too.
     */
    effort: number;
  }
}

/** Effort of this run, from the environment that `npm run test:slow` and `npm run check` set. */
export function effortOf(env: NodeJS.ProcessEnv): number {
  if (env.MESH_TEST_SLOW === '1') return 10;
  return env.MESH_TEST_QUICK === '1' ? 0.2 : 1;
}
