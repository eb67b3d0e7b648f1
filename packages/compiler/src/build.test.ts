import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { contentHash, type MeshSnapshot } from '@meshwright/snapshot';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { COMPILER_BUILD } from './build.ts';
import { compile } from './compile.ts';
import { meshStateOf, type WrittenResource } from './testing/index.ts';

// What the build in testdata/build.json made of the goldens. A publisher sends what a newer compiler makes of an unchanged mesh
// only when its number is higher; nothing but this test makes anyone raise it.

const testdata = join(import.meta.dirname, '..', 'testdata');
const file = join(testdata, 'build.json');

interface Recorded {
  readonly build: number;
  /** Case → hash of its mesh and hash of what it compiles to, so that a new or changed case does not look like a changed compiler. */
  readonly cases: { readonly [name: string]: { readonly mesh: string; readonly output: string } };
}

function hash(text: string): string {
  return contentHash(new TextEncoder().encode(text));
}

function outputOf({ proxies, resources }: MeshSnapshot): string {
  const types = [...proxies].map(([proxy, content]) => [proxy, [...content.types].map(([type, { version }]) => [type, version])]);
  return hash(JSON.stringify([types, [...resources.keys()].sort()]));
}

test('the compiler’s number moves whenever the same mesh compiles to other bytes', async () => {
  const names = globSync('*/*/mesh.yaml', { cwd: testdata }).map(dirname).sort();
  const cases = Object.fromEntries(
    names.map((name) => {
      const text = readFileSync(join(testdata, name, 'mesh.yaml'), 'utf8');
      const { snapshot } = compile(meshStateOf(parse(text) as WrittenResource[]));
      return [name, { mesh: hash(text), output: outputOf(snapshot) }];
    }),
  );
  const recorded = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Recorded) : { build: 0, cases: {} };
  const moved = names.filter((name) => {
    const before = recorded.cases[name];
    return before !== undefined && before.mesh === cases[name]?.mesh && before.output !== cases[name]?.output;
  });
  const raise = `These meshes compile to other bytes than with build ${recorded.build}: raise COMPILER_BUILD in packages/compiler/src/build.ts, then run with -u.`;
  if (COMPILER_BUILD <= recorded.build) expect(moved, raise).toEqual([]);
  expect(COMPILER_BUILD, 'COMPILER_BUILD never goes back').toBeGreaterThanOrEqual(recorded.build);
  const written = `${JSON.stringify({ build: COMPILER_BUILD, cases }, undefined, 2)}\n`;
  await expect(written, 'Run with -u to record the build and the cases').toMatchFileSnapshot(file);
});
