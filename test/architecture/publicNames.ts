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
