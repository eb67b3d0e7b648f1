import { posix } from 'node:path';
import { manifests, type Workspace } from './workspace.ts';

// Statements and calls, over several lines too; biome's format leaves no other spelling.
const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^;'"`]*?\bfrom\s*'(?<from>[^']+)'|(?:^|\n)\s*import\s*'(?<bare>[^']+)'|\bimport\('(?<called>[^']+)'\)/g;

/** What a file imports, types included, as it is written there. */
export function importsOf(text: string): readonly string[] {
  return [...text.matchAll(IMPORT)].map(({ groups }) => groups?.from ?? groups?.bare ?? groups?.called ?? '');
}

/** `@scope/name/deep` → `@scope/name`; undefined for paths and Node's own modules. */
export function packageNameOf(specifier: string): string | undefined {
  if (/^(?:\.|node:|\/)/.test(specifier)) return undefined;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

/** Makes a function that finds the file an import leads to; undefined for what is not of this workspace. */
export function resolver(workspace: Workspace): (from: string, specifier: string) => string | undefined {
  const known = new Set(workspace.files);
  const entries = new Map<string, string>();
  for (const [folder, { name, exports = {} }] of manifests(workspace)) {
    for (const [subpath, target] of Object.entries(exports)) entries.set(posix.join(name, subpath), posix.join(folder, target));
  }
  return (from, specifier) => {
    const target = specifier.startsWith('.') ? posix.join(posix.dirname(from), specifier) : entries.get(specifier);
    return target !== undefined && known.has(target) ? target : undefined;
  };
}
