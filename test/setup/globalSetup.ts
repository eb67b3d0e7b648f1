import { PartMissing, say } from './cache.ts';
import { envoyBinary, pythonTools } from './parts.ts';

/** vitest calls it once before the tests that need real parts: downloads do not count against a test's time. */
export async function setup(): Promise<void> {
  // A part that cannot be had fails the tests that use it, and only these.
  for (const { reason } of (await Promise.allSettled([envoyBinary(), pythonTools()])).filter(
    ({ status }) => status === 'rejected',
  ) as PromiseRejectedResult[]) {
    if (!(reason instanceof PartMissing)) throw reason;
    say(reason.message);
  }
}
