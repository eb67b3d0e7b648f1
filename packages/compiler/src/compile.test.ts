import { decode } from '@meshwright/envoy-api/json';
import { violations } from '@meshwright/envoy-api/rules';
import { checkConsistency, encodeSnapshot } from '@meshwright/snapshot';
import * as fc from 'fast-check';
import { describe, expect, inject, test } from 'vitest';
import { COMPILER_BUILD } from './build.ts';
import { type Compiled, compile } from './compile.ts';
import { meshStateOf, randomMesh, readBack, referenceProblems, type WrittenResource } from './testing/index.ts';
import { changesBetween } from './testing/meshState.ts';

/** Seconds of work on an idle machine, more beside other tests. */
const EFFORT = inject('effort');
const PROPERTY_MILLIS = 60_000 * EFFORT;

describe('any mesh', () => {
  test(
    'compiles to resources that Envoy’s rules allow, with closed references',
    () => {
      fc.assert(
        fc.property(randomMesh(), (written) => {
          const { snapshot } = compile(meshStateOf(written));
          expect(checkConsistency(snapshot)).toEqual([]);
          for (const proxy of snapshot.proxies.keys()) expect(referenceProblems(readBack(snapshot, proxy))).toEqual([]);
          for (const bytes of snapshot.resources.values()) {
            const { schema, message } = decode(bytes);
            expect(violations(schema, message)).toEqual([]);
          }
        }),
        { numRuns: 100 * EFFORT },
      );
    },
    PROPERTY_MILLIS,
  );

  test(
    'compiles to the same bytes from scratch, from any earlier result, and in any order',
    () => {
      fc.assert(
        fc.property(randomMesh(), randomMesh(), (before, after) => {
          const state = meshStateOf(after);
          const previous = compile(meshStateOf(before));
          const expected = content(compile(state));
          const changed = changesBetween(meshStateOf(before), state);
          expect(content(compile(state, 1, { compiled: previous, changed }))).toEqual(expected);
          expect(content(compile({ ...state, resources: state.resources.toReversed() }))).toEqual(expected);
        }),
        { numRuns: 50 * EFFORT },
      );
    },
    PROPERTY_MILLIS,
  );
});

test('a version carries epoch, generation and build', () => {
  expect(compile(meshStateOf([{ kind: 'mesh', name: 'apps' }], 42n), 3).snapshot).toMatchObject({
    mesh: '123456789012/apps',
    version: { epoch: 3, n: 42n, build: COMPILER_BUILD },
  });
});

test('a deleted mesh has no proxies', () => {
  const { snapshot, diagnostics } = compile(meshStateOf([{ kind: 'virtualNode', name: 'left-over' }]));
  expect(snapshot.proxies.size).toBe(0);
  expect(snapshot.resources.size).toBe(0);
  expect(diagnostics).toEqual([]);
});

test('every resource says where in the mesh it comes from', () => {
  const { snapshot } = compile(
    meshStateOf([
      { kind: 'mesh', name: 'apps' },
      {
        kind: 'virtualNode',
        name: 'a',
        spec: {
          listeners: [{ portMapping: { port: 80, protocol: 'http' } }],
          serviceDiscovery: { dns: { hostname: 'a.local' } },
          backends: [{ virtualService: { virtualServiceName: 'b' } }],
        },
      },
      { kind: 'virtualService', name: 'b', spec: { provider: { virtualNode: { virtualNodeName: 'a' } } } },
    ]),
  );
  const sources = [...(snapshot.proxies.get('virtualNode/a')?.sources ?? [])];
  expect(Object.fromEntries(sources.map(([name, { resource, pointer }]) => [name.split('/').at(-1), `${resource} ${pointer}`]))).toEqual({
    cds_egress_apps_a_http_80: 'virtualNode/a /listeners/0',
    cds_egress_apps_amazonaws: ' ',
    cds_ingress_apps_a_http_80: 'virtualNode/a /listeners/0',
    'lds_egress_0.0.0.0_15001': 'virtualNode/a /backends',
    'lds_ingress_0.0.0.0_15000': 'virtualNode/a /listeners',
    rds_egress_http_80: 'virtualNode/a /backends',
    b: 'virtualService/b ',
    rds_ingress_http_80: 'virtualNode/a /listeners/0',
  });
});

/** As it is stored: what relays get, byte for byte. */
function content({ snapshot, diagnostics }: Compiled) {
  return { stored: encodeSnapshot(snapshot).key, proxies: new Map(snapshot.proxies), diagnostics };
}

test('two meshes do not see each other: the same names, and names of the other’s services, lead nowhere', () => {
  const spec = (backend: string) => ({
    listeners: [{ portMapping: { port: 80, protocol: 'http' } }],
    serviceDiscovery: { dns: { hostname: 'node.local' } },
    backends: [{ virtualService: { virtualServiceName: backend } }],
  });
  const mesh = (name: string, backend: string, rest: readonly WrittenResource[] = []) =>
    compile(meshStateOf([{ kind: 'mesh', name }, { kind: 'virtualNode', name: 'node', spec: spec(backend) }, ...rest]));
  const service: WrittenResource = { kind: 'virtualService', name: 's', spec: { provider: { virtualNode: { virtualNodeName: 'node' } } } };
  const arn = (name: string) => `arn:aws:appmesh:us-east-1:123456789012:mesh/${name}/virtualService/s`;
  expect(namesIn(mesh('one', arn('one'), [service]))).toContain('cds_egress_one_node_http_80');
  for (const backend of ['s', arn('one')]) {
    const other = mesh('two', backend);
    expect(namesIn(other).filter((name) => name.includes('one') || name.includes('node_http'))).toEqual(['cds_ingress_two_node_http_80']);
    expect(other.diagnostics.map(({ code }) => code)).toEqual(['unknown-backend']);
  }
});

/** Names of all Envoy resources of a mesh. */
function namesIn({ snapshot }: Compiled): readonly string[] {
  const types = [...snapshot.proxies.values()].flatMap((proxy) => [...proxy.types.values()]);
  return types.flatMap(({ references }) => [...references.keys()]);
}
