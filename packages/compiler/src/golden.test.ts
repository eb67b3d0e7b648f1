import { globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { encode } from '@meshwright/envoy-api';
import { decode } from '@meshwright/envoy-api/json';
import { violations } from '@meshwright/envoy-api/rules';
import type { Diagnostic, MeshState } from '@meshwright/model';
import { checkConsistency } from '@meshwright/snapshot';
import { describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { type Compiled, compile } from './compile.ts';
import { diagnosticCodes } from './diagnosticCodes.ts';
import { meshStateOf, readBack, referenceProblems, type WrittenResource } from './testing/index.ts';

// One case is one folder with a mesh.yaml, never code. Adding a case: make the folder, then
//   npx vitest run --config test/vitest.config.ts --project unit packages/compiler -u
// and read what was written beside it.

const testdata = join(import.meta.dirname, '..', 'testdata');
const UPDATE = 'To accept the new output: npx vitest run --config test/vitest.config.ts --project unit packages/compiler -u';

const cases = globSync('*/*/mesh.yaml', { cwd: testdata }).map(dirname).sort();

test('there is a case for every diagnostic that a mesh can bring about', () => {
  const told = cases.flatMap((name) => {
    const { diagnostics } = compile(meshStateOf(parse(readFileSync(join(testdata, name, 'mesh.yaml'), 'utf8')) as WrittenResource[]));
    return diagnostics.map(({ code }) => code);
  });
  // A fault of the compiler, and a mesh that no reviewer would read.
  expect([...new Set([...told, 'not-compiled', 'large-configuration'])].sort()).toEqual(Object.keys(diagnosticCodes).sort());
});

describe.each(cases)('%s', (name) => {
  const folder = join(testdata, name);
  const state = meshStateOf(parse(readFileSync(join(folder, 'mesh.yaml'), 'utf8')) as WrittenResource[]);
  const compiled = compile(state);

  test('compiles to the files beside it', async () => {
    const files = outputs(compiled);
    for (const [file, content] of files) {
      await expect(content, `${join(name, file)} differs. ${UPDATE}`).toMatchFileSnapshot(join(folder, file));
    }
    const stale = readdirSync(folder).filter((file) => file !== 'mesh.yaml' && !files.has(file));
    expect(stale, `nothing writes these files of ${relative('.', folder)} any more: delete them`).toEqual([]);
  });

  test('compiles to the same bytes again, from shuffled input, and after any change from its own earlier result', () => {
    const expected = outline(compiled);
    expect(outline(compile(state))).toEqual(expected);
    expect(outline(compile(reversed(state)))).toEqual(expected);
    const refs = state.resources.map(({ ref }) => ref);
    expect(outline(compile(state, 1, { compiled, changed: refs }))).toEqual(expected);
  });

  test('survives encode, decode, encode', () => {
    for (const bytes of compiled.snapshot.resources.values()) {
      const { schema, message } = decode(bytes);
      expect(Buffer.from(encode(schema, message)).equals(bytes)).toBe(true);
    }
  });

  test('has numbered routes in the order of their numbers, in every virtual host', () => {
    for (const proxy of compiled.snapshot.proxies.keys()) {
      const { routes } = readBack(compiled.snapshot, proxy);
      for (const { virtual_hosts = [] } of routes as readonly WrittenRoutes[]) {
        for (const { name: host, routes: written = [] } of virtual_hosts) {
          const numbers = written.flatMap((route) => /\/(\d\d)-/.exec(route.name ?? '')?.[1] ?? []);
          expect(numbers, `${proxy} ${host}`).toEqual(numbers.toSorted());
        }
      }
    }
  });

  test('keeps the rules of Envoy’s fields', () => {
    for (const bytes of compiled.snapshot.resources.values()) {
      const { schema, message } = decode(bytes);
      expect(violations(schema, message)).toEqual([]);
    }
  });

  test('refers only to what exists, once each', () => {
    expect(checkConsistency(compiled.snapshot)).toEqual([]);
    for (const proxy of compiled.snapshot.proxies.keys()) {
      expect(referenceProblems(readBack(compiled.snapshot, proxy)), proxy).toEqual([]);
    }
  });
});

interface WrittenRoutes {
  readonly virtual_hosts?: readonly { readonly name: string; readonly routes?: readonly { readonly name?: string }[] }[];
}

/** File name → content, all that a compile writes for reviewers. */
function outputs({ snapshot, diagnostics }: Compiled): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const proxy of snapshot.proxies.keys()) {
    for (const [kind, resources] of Object.entries(readBack(snapshot, proxy))) {
      files.set(`${proxy.replace(/^virtual(Node|Gateway)\//, '')}.${kind}.yaml`, toYaml(resources));
    }
  }
  if (diagnostics.length > 0) files.set('diagnostics.yaml', toYaml(diagnostics.map(written)));
  return files;
}

function written({ ref: { mesh: _, ...ref }, pointer, code, severity, message, fix }: Diagnostic) {
  return { ref, pointer, code, severity, message, fix };
}

// Scalars in quotes: to Envoy's YAML reader a bare `n` is a boolean.
function toYaml(value: unknown): string {
  return stringify(value, { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN', lineWidth: 0, aliasDuplicateObjects: false });
}

/** Everything that must not depend on order or on earlier results. */
function outline({ snapshot, diagnostics }: Compiled) {
  const resources = [...snapshot.resources].map(([hash, bytes]) => [hash, Buffer.from(bytes).toString('base64')]);
  return { resources, proxies: [...snapshot.proxies], diagnostics };
}

function reversed(state: MeshState): MeshState {
  return { ...state, resources: state.resources.toReversed() };
}
