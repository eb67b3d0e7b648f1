import { isSource, type Workspace } from './workspace.ts';

/** What may lie at the top; everything else has a place further down. */
const TOP_LEVEL = new Set(
  (
    '.biome.json .changeset .ci .gitattributes .github .gitignore .npmrc LICENSE README.md infra package-lock.json package.json ' +
    'packages sst.config.ts test tsconfig.json'
  ).split(' '),
);

const MAX_LINES = 500;

/** Names at the top that are not agreed on. */
export function unlistedTopLevel({ files }: Workspace): readonly string[] {
  const names = new Set(files.map((path) => path.split('/')[0] ?? path));
  return [...names].filter((name) => !TOP_LEVEL.has(name)).map((name) => `${name} at the top is not listed: find it a place further down`);
}

/** Source files longer than one sitting. */
export function longFiles({ files, read }: Workspace): readonly string[] {
  return files.filter(isSource).flatMap((path) => {
    const lines = read(path).split('\n').length - 1;
    return lines > MAX_LINES ? [`${path} has ${lines} lines, at most ${MAX_LINES}: split it by what it is about`] : [];
  });
}

// Written so that this file does not match itself.
const MACHINE = [
  { what: 'a path of somebody’s machine', pattern: /(?<![\w.~*:}/-])[/](?:work|root|home[/]\w+|Users[/]\w+)[/]\w/ },
  { what: 'a registry host', pattern: /registry[.]npmjs[.]org|pypi[.]org|pythonhosted[.]org|registry[.]yarnpkg[.]com/ },
];

/** Paths and hosts that are right on one machine only. */
export function machineTraces({ files, read }: Workspace): readonly string[] {
  return files
    .filter((path) => !/\.(?:binpb|png|snapshot)$/.test(path))
    .flatMap((path) => {
      const lines = read(path).split('\n');
      return MACHINE.flatMap(({ what, pattern }) => {
        const line = lines.findIndex((text) => pattern.test(text));
        return line < 0 ? [] : [`${path}:${line + 1} holds ${what}: ${lines[line]?.trim().slice(0, 120)}`];
      });
    });
}

interface LockedPackage {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** Packages for other platforms that the lockfile leaves out: npm drops what its registry lacks, and the next `npm ci` fails. */
export function missingFromLockfile({ read }: Workspace): readonly string[] {
  const packages: Record<string, LockedPackage> = JSON.parse(read('package-lock.json')).packages;
  const paths = Object.keys(packages);
  return Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !paths.some((other) => other.endsWith(`node_modules/${name}`)))
      .map((name) => `package-lock.json has no entry for ${name}, which ${path || 'package.json'} names`),
  );
}
