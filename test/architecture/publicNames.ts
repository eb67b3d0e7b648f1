import { posix } from 'node:path';
import { manifests, type Workspace } from './workspace.ts';

const LISTED = /export\s+(?<allTypes>type\s+)?\{(?<names>[^}]*)\}/g;
const DECLARED = /^export\s+(?:abstract\s+|async\s+)?(?<kind>const|function|class|interface|type)\s+(?<name>\w+)/gm;

/** What packages offer, one name per line with its entry: `@meshwright/model parseName`. */
export function publicNames(workspace: Workspace): readonly string[] {
  return [...manifests(workspace).entries()].flatMap(([folder, { name, exports = {} }]) =>
    Object.entries(exports)
      .filter(([subpath]) => !subpath.includes('*'))
      .flatMap(([subpath, target]) => {
        const names = namesOf(workspace.read(posix.join(folder, target)));
        return names.map((exported) => `${posix.join(name, subpath)} ${exported}`);
      }),
  );
}

const IMPORTED = /import\s+\{(?<names>[^}]*)\}\s*from\s*'(?<from>@meshwright\/[^']+)'/g;

/** A program of its own: what it offers is for those who embed it. */
const EMBEDDED = '@meshwright/local';

/** Functions, classes and constants that a package offers and nothing outside of it takes; dead code that looks alive. */
export function unusedPublicValues(workspace: Workspace): readonly string[] {
  const taken = new Set<string>();
  for (const path of workspace.files.filter((file) => /\.(?:ts|mjs)$/.test(file))) {
    for (const { groups: { names = '', from = '' } = {} } of workspace.read(path).matchAll(IMPORTED)) {
      for (const name of names.split(',')) taken.add(`${from} ${name.trim().split(' as ')[0]}`);
    }
  }
  // Main entries only: what `/testing` offers is for the tests of adapters to come.
  const values = publicNames(workspace).filter((line) => /^@[^/]+\/[^/ ]+ \w+$/.test(line) && !line.startsWith(EMBEDDED));
  return values.filter((value) => !taken.has(value)).map((value) => `${value} is imported by nobody: offer it when somebody needs it`);
}

function namesOf(text: string): readonly string[] {
  const listed = [...text.matchAll(LISTED)].flatMap(({ groups }) =>
    (groups?.names ?? '')
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '')
      .map((item) => (groups?.allTypes === undefined || item.startsWith('type ') ? item : `type ${item}`)),
  );
  const declared = [...text.matchAll(DECLARED)].map(({ groups }) =>
    groups?.kind === 'interface' || groups?.kind === 'type' ? `type ${groups.name}` : `${groups?.name}`,
  );
  return [...listed, ...declared].sort();
}
