import { importsOf, packageNameOf } from './imports.ts';
import { isForTests, isSource, manifests, packageOf, type Workspace } from './workspace.ts';

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

/** Sources import what their package's manifest lists under `dependencies`; tests may import what development needs, too. */
export function undeclaredImports(workspace: Workspace): readonly string[] {
  const listed = manifests(workspace);
  const forDevelopment = new Set<string>([...listed.values()].map(({ name }) => name));
  for (const { devDependencies = {} } of [JSON.parse(workspace.read('package.json') || '{}'), ...listed.values()]) {
    for (const name of Object.keys(devDependencies)) forDevelopment.add(name);
  }
  return workspace.files.filter(isSource).flatMap((path) => {
    const folder = packageOf(path);
    const own = folder === undefined ? undefined : listed.get(folder);
    if (own === undefined || folder === undefined || path.startsWith(`${folder}/generate/`)) return [];
    return importsOf(workspace.read(path)).flatMap((specifier) => {
      if (leavesPackage(path, specifier)) return [`${path} imports ${specifier}: another package is imported by its name`];
      const name = packageNameOf(specifier);
      const allowed = name === undefined || name in (own.dependencies ?? {}) || (isForTests(path) && forDevelopment.has(name));
      return allowed ? [] : [`${path} imports ${specifier}, which ${folder}/package.json does not list`];
    });
  });
}

function leavesPackage(path: string, specifier: string): boolean {
  if (!specifier.startsWith('.')) return false;
  const depth = path.split('/').length - 3;
  return (specifier.match(/\.\.\//g)?.length ?? 0) > depth;
}
