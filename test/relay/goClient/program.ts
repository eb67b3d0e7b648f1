import { join } from 'node:path';
import { PartMissing } from '../../setup/cache.ts';
import { builtGoPrograms } from '../../setup/goPrograms.ts';

const BUILD = { module: import.meta.dirname, packages: ['.'], title: 'the ADS client in Go', name: 'go-ads-client' } as const;

/** Path of the client, built on first use and after a change of its source. @throws PartMissing */
export async function goClientProgram(): Promise<string> {
  return join(await builtGoPrograms(BUILD), 'goclient');
}

/** Why the client cannot be built here; undefined when it can. */
export async function whyNoGoClient(): Promise<string | undefined> {
  try {
    await goClientProgram();
    return undefined;
  } catch (error) {
    if (error instanceof PartMissing) return error.message;
    throw error;
  }
}
