import { readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** The repository's files, or made-up ones: rules read nothing else. */
export interface Workspace {
  /** Paths from the top, with `/`, sorted. */
  readonly files: readonly string[];
  read(path: string): string;
}

/** A package's manifest, as far as rules care. */
export interface Manifest {
  readonly name: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly exports?: Readonly<Record<string, string>>;
}

/** What git ignores and set-up makes. */
const MADE = new Set(['node_modules', '.git', '.cache', '.meshwright', '.sst', 'coverage', 'gen', 'gen.part']);

/** The files of a folder, without those that set-up makes. */
export function workspaceOf(root: string): Workspace {
  const files: string[] = [];
  const walk = (folder: string): void => {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      if (MADE.has(entry.name)) continue;
      const path = posix.join(folder, entry.name);
      if (entry.isDirectory()) walk(path);
      else files.push(path);
    }
  };
  walk('');
  return { files: files.sort(), read: (path) => readFileSync(join(root, path), 'utf8') };
}

/** Made-up files, to see that a rule bites. */
export function workspaceFrom(contents: Readonly<Record<string, string>>): Workspace {
  return { files: Object.keys(contents).sort(), read: (path) => contents[path] ?? '' };
}

/** Manifests by the folder of their package, such as `packages/model`. */
export function manifests({ files, read }: Workspace): ReadonlyMap<string, Manifest> {
  const paths = files.filter((path) => /^packages\/[^/]+\/package\.json$/.test(path));
  return new Map(paths.map((path) => [posix.dirname(path), JSON.parse(read(path)) as Manifest]));
}

/** Folder of the package a file belongs to. */
export function packageOf(path: string): string | undefined {
  return /^packages\/[^/]+/.exec(path)?.[0];
}

/** Program text that people wrote. */
export function isSource(path: string): boolean {
  return /\.(?:ts|mts|mjs|js|py|sh|go)$/.test(path);
}

/** A test, or what only tests use. */
export function isForTests(path: string): boolean {
  return /\.test\.ts$|\/testing\/|^test\//.test(path);
}
