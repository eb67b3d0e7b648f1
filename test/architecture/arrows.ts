import { posix } from 'node:path';
import { importsOf, packageNameOf } from './imports.ts';
import { isForTests, isSource, type Manifest, manifests, packageOf, type Workspace } from './workspace.ts';

const SCOPE = '@meshwright/';

/** The arrows: which packages a package imports, and why. A new one is drawn here first. */
const arrows: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  model: {},
  'envoy-api': {},
  snapshot: { 'envoy-api': 'type URLs' },
  api: { model: 'schemas, errors and the store it answers from' },
  compiler: { model: 'its input', 'envoy-api': 'the messages it writes', snapshot: 'its output' },
  relay: { snapshot: 'what it serves', 'envoy-api': 'discovery messages' },
  local: {
    model: 'the store port it implements, and identities',
    snapshot: 'the snapshot port it implements',
    api: 'served in the same process',
    compiler: 'woken by the store',
    relay: 'served in the same process',
  },
  aws: { model: 'the store port it implements', snapshot: 'the snapshot port it implements' },
};

/** Manifests list exactly the arrows that are drawn. */
export function undrawnArrows(workspace: Workspace, drawn = arrows): readonly string[] {
  return [...manifests(workspace)].flatMap(([folder, { dependencies = {} }]) => {
    const name = folder.replace('packages/', '');
    const listed = Object.keys(dependencies).filter((dependency) => dependency.startsWith(SCOPE));
    const allowed = Object.keys(drawn[name] ?? {}).map((target) => SCOPE + target);
    if (drawn[name] === undefined) return [`${folder} is in no drawing: add it to the arrows, with its reason`];
    return [
      ...listed
        .filter((target) => !allowed.includes(target))
        .map((target) => `${folder}/package.json lists ${target}, and no such arrow is drawn`),
      ...allowed
        .filter((target) => !listed.includes(target))
        .map((target) => `an arrow from ${name} to ${target} is drawn, and ${folder}/package.json does not list it`),
    ];
  });
}

/**
 * Sources import what their package's manifest lists under `dependencies`; tests may import what development needs, too. The tests
 * outside of packages import what the top's manifest lists, and packages of this workspace, all by name.
 */
export function undeclaredImports(workspace: Workspace): readonly string[] {
  const listed = manifests(workspace);
  const top: Manifest = { name: 'package.json', ...JSON.parse(workspace.read('package.json') || '{}') };
  const ours = [...listed.values()].map(({ name }) => name);
  const forTests = new Set([...ours, ...[top, ...listed.values()].flatMap(({ devDependencies = {} }) => Object.keys(devDependencies))]);
  const outside = new Set([...ours, ...Object.keys(top.dependencies ?? {}), ...Object.keys(top.devDependencies ?? {})]);
  const mayImport = (path: string, name: string): boolean => {
    const own = listed.get(packageOf(path) ?? '');
    return own === undefined ? outside.has(name) : name in (own.dependencies ?? {}) || (isForTests(path) && forTests.has(name));
  };
  const judged = (path: string): boolean =>
    path.startsWith('test/') || (packageOf(path) !== undefined && !/^[^/]+\/[^/]+\/generate\//.test(path));
  return workspace.files
    .filter((path) => isSource(path) && judged(path))
    .flatMap((path) =>
      importsOf(workspace.read(path)).flatMap((specifier) => {
        if (entersPackage(path, specifier)) return [`${path} imports ${specifier}: another package is imported by its name`];
        const name = packageNameOf(specifier);
        if (name === undefined || mayImport(path, name)) return [];
        return [`${path} imports ${specifier}, which ${posix.join(packageOf(path) ?? '', 'package.json')} does not list`];
      }),
    );
}

/** Whether a relative import leaves the file's package, or from outside leads into one. */
function entersPackage(path: string, specifier: string): boolean {
  if (!specifier.startsWith('.')) return false;
  const own = packageOf(path);
  const target = posix.join(posix.dirname(path), specifier);
  return own === undefined ? packageOf(target) !== undefined : !target.startsWith(`${own}/`);
}
