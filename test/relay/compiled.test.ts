import { compile } from '@meshwright/compiler';
import { meshStateOf, type ProxyResources, randomMesh, readBack } from '@meshwright/compiler/testing';
import * as fc from 'fast-check';
import { describe, expect, inject, test } from 'vitest';

const EFFORT = inject('effort');
const RUNS = { numRuns: 100 * EFFORT };
const MILLIS = 60_000 * EFFORT;

// What the relay relies on in what it is given: Envoy takes a response with one bad resource by half, and says yes to a route that
// leads nowhere.
describe('what any mesh compiles to, proxy by proxy', () => {
  const check = (judge: (resources: ProxyResources) => void) =>
    fc.assert(
      fc.property(randomMesh(), (written) => {
        const { snapshot } = compile(meshStateOf(written));
        for (const proxy of snapshot.proxies.keys()) judge(readBack(snapshot, proxy));
      }),
      RUNS,
    );

  test(
    'has no two resources of a type with one name',
    () =>
      check(({ clusters, listeners, routes }) => {
        for (const resources of [clusters, listeners, routes]) {
          const names = membersNamed(resources, 'name', 1);
          expect(new Set(names).size).toBe(resources.length);
        }
      }),
    MILLIS,
  );

  test(
    'has every cluster that a route or TCP proxy names, and every route configuration that a listener names',
    () =>
      check(({ clusters, listeners, routes }) => {
        const present = { clusters: new Set(membersNamed(clusters, 'name', 1)), routes: new Set(membersNamed(routes, 'name', 1)) };
        const weighted = membersNamed([...listeners, ...routes], 'weighted_clusters').flatMap((split) => membersNamed(split, 'name'));
        const wanted = [...membersNamed([...listeners, ...routes], 'cluster'), ...weighted];
        expect(wanted.filter((name) => !present.clusters.has(name))).toEqual([]);
        expect(membersNamed(listeners, 'route_config_name').filter((name) => !present.routes.has(name))).toEqual([]);
      }),
    MILLIS,
  );

  test(
    'has no listener without chains, no two equal chain matches, one * per route configuration, and no weights that sum to 0',
    () =>
      check(({ listeners, routes }) => {
        for (const listener of listeners) {
          const [chains] = membersNamed([listener], 'filter_chains') as readonly (readonly object[] | undefined)[];
          expect(chains?.length).toBeGreaterThan(0);
          const matches = (chains ?? []).map((chain) => JSON.stringify(membersNamed([chain], 'filter_chain_match')[0] ?? {}));
          expect(new Set(matches).size).toBe(matches.length);
        }
        for (const route of routes) {
          const domains = membersNamed([route], 'domains').flat();
          expect(domains.filter((domain) => domain === '*').length).toBeLessThanOrEqual(1);
        }
        for (const split of membersNamed([...listeners, ...routes], 'weighted_clusters')) {
          const weights = membersNamed([split], 'weight').map(Number);
          expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeGreaterThan(0);
        }
      }),
    MILLIS,
  );
});

/** Every value under a key, anywhere inside, or so many levels down. */
function membersNamed(value: unknown, key: string, depth = Number.POSITIVE_INFINITY): readonly unknown[] {
  if (typeof value !== 'object' || value === null || depth < 0) return [];
  const inside = Object.values(value).flatMap((member) => membersNamed(member, key, depth - 1));
  const own = Object.entries(value).find(([name]) => name === key);
  return own === undefined ? inside : [own[1], ...inside];
}
