import { envoyBinary, pythonTools } from './parts.ts';

/** vitest calls it once before the tests that need real parts: downloads do not count against a test's time. */
export async function setup(): Promise<void> {
  await Promise.all([envoyBinary(), pythonTools()]);
}
