import { importsOf, resolver } from './imports.ts';
import { isSource, type Workspace } from './workspace.ts';

/** Circles of imports, over files and packages; imports of types count: what they tie together cannot be understood apart. */
export function importCycles(workspace: Workspace): readonly string[] {
  const resolve = resolver(workspace);
  const targets = new Map<string, readonly string[]>();
  for (const path of workspace.files.filter(isSource)) {
    const found = importsOf(workspace.read(path)).map((specifier) => resolve(path, specifier));
    targets.set(
      path,
      found.filter((target) => target !== undefined),
    );
  }
  const problems: string[] = [];
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (path: string): void => {
    const start = trail.indexOf(path);
    if (start >= 0) problems.push(`import cycle: ${[...trail.slice(start), path].join(' → ')}`);
    if (start >= 0 || done.has(path)) return;
    trail.push(path);
    for (const target of targets.get(path) ?? []) visit(target);
    trail.pop();
    done.add(path);
  };
  for (const path of targets.keys()) visit(path);
  return problems;
}
