import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix, relative, sep } from 'node:path';

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

/** What git ignores and set-up makes, for where there is no git to ask. */
const MADE = new Set(['node_modules', '.git', '.cache', '.meshwright', '.sst', 'coverage', 'gen', 'gen.part']);

/** The files that git tracks or would track; in a copy that git knows nothing of, all but those that set-up makes. */
export function workspaceOf(root: string): Workspace {
  return { files: [...(gitFiles(root) ?? walkedFiles(root))].sort(), read: (path) => readFileSync(join(root, path), 'utf8') };
}

function gitFiles(root: string): readonly string[] | undefined {
  const args = ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '--deduplicate'];
  const { status, stdout } = spawnSync('git', args, { cwd: root, encoding: 'utf8' });
  // What is deleted and not committed yet is still listed.
  return status === 0 ? stdout.split('\0').filter((path) => path !== '' && existsSync(join(root, path))) : undefined;
}

function walkedFiles(root: string): readonly string[] {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => !entry.isDirectory());
  const paths = entries.map(({ parentPath, name }) => relative(root, join(parentPath, name)).replaceAll(sep, '/'));
  return paths.filter((path) => !path.split('/').some((name) => MADE.has(name)));
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
