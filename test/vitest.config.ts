import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { effortOf } from './setup/effort.ts';

const effort = effortOf(process.env);

// Two projects: `unit` is what `npm run check` runs (no network, no real parts); `parts` needs Envoy, Python clients or
// namespaces and runs in one worker, one file after the other, because these share the machine's two cores and its root.
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    // vitest leaves one core to itself, which is half of a small machine.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        test: {
          name: 'unit',
          provide: { effort },
          include: ['packages/*/src/**/*.test.ts', 'test/architecture/**/*.test.ts'],
          // Parts are handed to constructors and no module is mocked: files have nothing to keep from each other, and importing
          // everything anew for each costs more than the tests do.
          isolate: false,
          // No test waits for time; on a busy machine property tests take as long as they take.
          testTimeout: 30_000 * Math.max(1, effort),
        },
      },
      {
        test: {
          name: 'parts',
          provide: { effort },
          include: ['test/**/*.test.ts'],
          exclude: ['test/architecture/**', '**/node_modules/**'],
          fileParallelism: false,
          testTimeout: 60_000 * Math.max(1, effort),
          hookTimeout: 600_000,
          globalSetup: ['test/setup/globalSetup.ts'],
        },
      },
    ],
  },
});
