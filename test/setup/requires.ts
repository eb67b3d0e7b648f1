import { describe, inject, test } from 'vitest';

/** What a machine may lack and set-up cannot install; `globalSetup.ts` tries each once. */
export type Need = 'root' | 'private network' | 'topology' | 'terraform' | 'DynamoDB Local' | 'Go client';

/** What is missing here, and why. */
export type Missing = Readonly<Partial<Record<Need, string>>>;

declare module 'vitest' {
  interface ProvidedContext {
    missing: Missing;
  }
}

/**
 * `describe` for tests that need more than set-up can install. Where it is missing they are skipped, counted, and their
 * title tells the reason; with MESH_TEST_STRICT=1 they fail instead. The body runs in any case, to count its tests: what
 * needs the machine belongs into hooks and tests.
 */
export function describeWith(required: readonly Need[], title: string, body: () => void): void {
  const missing = inject('missing');
  const reasons = required.map((need) => missing[need]).filter((reason) => reason !== undefined);
  if (reasons.length === 0) {
    describe(title, body);
    return;
  }
  const reason = reasons.join(', ');
  if (process.env.MESH_TEST_STRICT === '1') {
    test(title, () => {
      throw new Error(`MESH_TEST_STRICT=1 allows no skip, and this machine cannot run it: ${reason}`);
    });
    return;
  }
  process.stderr.write(`skipped: ${title}: ${reason}\n`);
  describe.skip(`${title} (skipped: ${reason})`, body);
}
