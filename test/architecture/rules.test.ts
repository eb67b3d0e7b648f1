import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { undeclaredImports, undrawnArrows } from './arrows.ts';
import { importCycles } from './cycles.ts';
import { longFiles, machineTraces, missingFromLockfile, unlistedTopLevel } from './files.ts';
import { publicNames, unusedPublicValues } from './publicNames.ts';
import { workspaceFrom, workspaceOf } from './workspace.ts';

const manifest = (name: string, dependencies: Record<string, string> = {}): string =>
  JSON.stringify({ name: `@meshwright/${name}`, exports: { '.': './src/index.ts' }, dependencies });

describe('every rule bites', () => {
  test('an arrow that is not drawn', () => {
    const files = { 'packages/api/package.json': manifest('api', { '@meshwright/compiler': '0.0.0', hono: '4' }) };
    expect(undrawnArrows(workspaceFrom(files), { api: {} })).toEqual([
      'packages/api/package.json lists @meshwright/compiler, and no such arrow is drawn',
    ]);
  });

  test('a drawn arrow that nothing follows, and a package in no drawing', () => {
    const files = { 'packages/api/package.json': manifest('api'), 'packages/new/package.json': manifest('new') };
    expect(undrawnArrows(workspaceFrom(files), { api: { model: 'why' } })).toEqual([
      'an arrow from api to @meshwright/model is drawn, and packages/api/package.json does not list it',
      'packages/new is in no drawing: add it to the arrows, with its reason',
    ]);
  });

  test('an import the manifest does not list: statement, type, re-export, side effect, call', () => {
    const sources = [
      "import { a } from 'x';",
      "import type {\n  A,\n} from 'x/deep';",
      "export { a } from 'x';",
      "import 'x';",
      // In two parts, for this file is judged, too.
      ['await import(', "'x');"].join(''),
    ];
    for (const source of sources) {
      const files = { 'packages/api/package.json': manifest('api'), 'packages/api/src/a.ts': source };
      expect(undeclaredImports(workspaceFrom(files)), source).toHaveLength(1);
    }
  });

  test('an import of another package by its path, and of a development dependency outside of tests', () => {
    const files = {
      'package.json': JSON.stringify({ devDependencies: { yaml: '2' } }),
      'packages/api/package.json': manifest('api', { hono: '4' }),
      'packages/api/src/deep/a.ts':
        "import { b } from '../../../model/src/b.ts';\nimport { c } from '../c.ts';\nimport { Hono } from 'hono/tiny';",
      'packages/api/src/b.ts': "import { parse } from 'yaml';",
      'packages/api/src/b.test.ts': "import { parse } from 'yaml';\nimport 'node:fs';",
    };
    expect(undeclaredImports(workspaceFrom(files))).toEqual([
      'packages/api/src/b.ts imports yaml, which packages/api/package.json does not list',
      'packages/api/src/deep/a.ts imports ../../../model/src/b.ts: another package is imported by its name',
    ]);
  });

  test('in the tests outside of packages: a package the top does not list, and one of ours by its path', () => {
    const files = {
      'package.json': JSON.stringify({ devDependencies: { yaml: '2' } }),
      'packages/api/package.json': manifest('api', { hono: '4' }),
      'test/deep/a.test.ts':
        "import { parse } from 'yaml';\nimport { api } from '@meshwright/api/testing';\nimport { b } from '../b.ts';\nimport 'node:fs';",
      'test/b.ts': "import { Hono } from 'hono';\nimport { app } from '../packages/api/src/app.ts';",
    };
    expect(undeclaredImports(workspaceFrom(files))).toEqual([
      'test/b.ts imports hono, which package.json does not list',
      'test/b.ts imports ../packages/api/src/app.ts: another package is imported by its name',
    ]);
  });

  test('a cycle of types between files', () => {
    const files = { 'test/a.ts': "import type { B } from './b.ts';", 'test/b.ts': "export type { A } from './a.ts';" };
    expect(importCycles(workspaceFrom(files))).toEqual(['import cycle: test/a.ts → test/b.ts → test/a.ts']);
  });

  test('a cycle through packages', () => {
    const files = {
      'packages/a/package.json': manifest('a'),
      'packages/a/src/index.ts': "export { b } from '@meshwright/b';",
      'packages/b/package.json': manifest('b'),
      'packages/b/src/index.ts': "import { a } from '@meshwright/a';",
    };
    expect(importCycles(workspaceFrom(files))).toEqual([
      'import cycle: packages/a/src/index.ts → packages/b/src/index.ts → packages/a/src/index.ts',
    ]);
  });

  test('an unlisted name at the top', () => {
    expect(unlistedTopLevel(workspaceFrom({ 'docs/a.md': '', 'README.md': '' }))).toHaveLength(1);
  });

  test('a file of 501 lines', () => {
    const files = { 'test/a.ts': 'x\n'.repeat(501), 'test/b.ts': 'x\n'.repeat(500), 'packages/a/testdata/long.yaml': 'x\n'.repeat(900) };
    expect(longFiles(workspaceFrom(files))).toEqual(['test/a.ts has 501 lines, at most 500: split it by what it is about']);
  });

  test.each([
    ['/', 'root', '/project/a'],
    ['/', 'home', '/somebody/project'],
    ['https://registry.', 'npmjs', '.org/x'],
  ])('a trace of a machine: %s%s%s', (...parts) => {
    expect(machineTraces(workspaceFrom({ 'test/a.ts': `const a = '${parts.join('')}';` }))).toHaveLength(1);
  });

  test('a platform package the lockfile lacks', () => {
    const packages = { 'node_modules/a': { optionalDependencies: { 'a-linux': '1', 'a-darwin': '1' } }, 'node_modules/a-linux': {} };
    expect(missingFromLockfile(workspaceFrom({ 'package-lock.json': JSON.stringify({ packages }) }))).toEqual([
      'package-lock.json has no entry for a-darwin, which node_modules/a names',
    ]);
  });

  test('a public value that nobody imports', () => {
    const files = {
      'packages/a/package.json': manifest('a'),
      'packages/a/src/index.ts': "export { dead, used, type T } from './a.ts';",
      'packages/b/src/b.ts': "import { used as mine } from '@meshwright/a';",
    };
    expect(unusedPublicValues(workspaceFrom(files))).toEqual(['@meshwright/a dead is imported by nobody: offer it when somebody needs it']);
  });

  test('public names, types told apart', () => {
    const index =
      "export { a, type B } from './a.ts';\nexport type {\n  C,\n  D,\n} from './c.ts';\nexport const E = 1;\nexport interface F {}";
    const files = { 'packages/a/package.json': manifest('a'), 'packages/a/src/index.ts': index };
    const names = publicNames(workspaceFrom(files)).map((line) => line.replace('@meshwright/a ', ''));
    expect(names.toSorted()).toEqual(['E', 'a', 'type B', 'type C', 'type D', 'type F']);
  });
});

test('rules read files that git tracks or would track, and no others', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'meshwright-rules-'));
  for (const path of ['packages/a.ts', '.meshwright/servicea.json', 'node_modules/b/c.js', 'ignored.log', '.gitignore']) {
    await mkdir(join(folder, dirname(path)), { recursive: true });
    await writeFile(join(folder, path), path === '.gitignore' ? '.meshwright/\nnode_modules/\n*.log\n' : '');
  }
  expect(workspaceOf(folder).files).toEqual(['.gitignore', 'ignored.log', 'packages/a.ts']);
  execFileSync('git', ['init', '--quiet'], { cwd: folder });
  expect(workspaceOf(folder).files).toEqual(['.gitignore', 'packages/a.ts']);
  await rm(folder, { recursive: true });
});
