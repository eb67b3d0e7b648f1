declare module 'vitest' {
  interface ProvidedContext {
    /**
     * How much of what chance finds is searched: `inject('effort')` times as many random cases, kills and requests.
     * 1, and 10 in `npm run test:slow`; what a test counts by it, its timeout is multiplied with, too.
     */
    effort: number;
  }
}

/** Effort of this run, from the environment `npm run test:slow` sets. */
export function effortOf(env: NodeJS.ProcessEnv): number {
  return env.MESH_TEST_SLOW === '1' ? 10 : 1;
}
