import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { canStart, run } from '../process/run.ts';
import { installed, type Part, PartMissing } from './cache.ts';

/** Programs of one Go module, built once for each state of their sources. */
export interface GoPrograms {
  /** The module's folder. */
  readonly module: string;
  /** Packages below it, such as `./loadgen`; each becomes a program of that name. */
  readonly packages: readonly string[];
  /** As people know them. */
  readonly title: string;
  /** Begins their folder in the cache. */
  readonly name: string;
}

/** Why Go programs cannot be built here; undefined when they can. */
async function whyNoGo(): Promise<string | undefined> {
  return (await canStart(['go', 'version'])) ? undefined : 'there is no go command; install Go and put it on PATH';
}

/**
 * The folder with the built programs, building them on first use and after a change of their sources.
 * @throws PartMissing when Go is, the folder holds no such module, or they cannot be built.
 */
export async function builtGoPrograms(programs: GoPrograms): Promise<string> {
  const { module, packages, title, name } = programs;
  const missing = await whyNoGo();
  if (missing !== undefined) throw new PartMissing(`${title} cannot be built: ${missing}`);
  const part: Part = {
    folder: `${name}-${await hashOf(programs)}`,
    title,
    override: 'build them by hand with go build, which says more',
    install: async (folder) => {
      await run(['go', 'build', '-buildvcs=false', '-o', `${folder}/`, ...packages], { cwd: module });
    },
  };
  return installed(part);
}

/** Of everything that makes a difference: the module's files and its packages' sources. */
async function hashOf({ module, packages, title }: GoPrograms): Promise<string> {
  const hash = createHash('sha256');
  try {
    for (const folder of ['.', ...packages]) {
      const files = (await readdir(join(module, folder))).filter((file) => /\.go$|^go\.(?:mod|sum)$/.test(file)).sort();
      if (folder !== '.' && files.length === 0) throw new Error(`${folder} has no Go sources`);
      for (const file of files) hash.update(`${folder}/${file}\0`).update(await readFile(join(module, folder, file)));
    }
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new PartMissing(`${title} cannot be built: ${module} is no such Go module (${reason})`, { cause });
  }
  return hash.digest('hex').slice(0, 12);
}
