import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { compile } from '@meshwright/compiler';
import { meshStateOf, readBack, type WrittenResource } from '@meshwright/compiler/testing';
import { ROUTE_TYPE } from '@meshwright/envoy-api';
import { MemorySnapshots } from '@meshwright/local';
import { resourcePath } from '@meshwright/model';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parse } from 'yaml';
import { AdsClient } from '../relay/adsClient.ts';
import { MESH } from '../relay/handMadeMesh.ts';
import { publish, startRelay } from '../relay/relayUnderTest.ts';

// Whoever is told that Envoy refused a route looks where the relay points to. Every virtual host and every route of every golden is
// refused once: what is pointed to must be there, and what is a resource of its own must be pointed to itself.

const testdata = join(import.meta.dirname, '..', '..', 'packages', 'compiler', 'testdata');

interface WrittenRoutes {
  readonly name: string;
  readonly virtual_hosts?: readonly { readonly name: string; readonly routes?: readonly { readonly name?: string }[] }[];
}

const snapshots = new MemorySnapshots();
let relay: Awaited<ReturnType<typeof startRelay>>;
let client: AdsClient;
let n = 0n;

beforeAll(async () => {
  relay = await startRelay({ snapshots, settings: { clusterRequestWaitMillis: 0 } });
  client = new AdsClient(`127.0.0.1:${relay.port}`);
});
afterAll(async () => {
  client.close();
  await relay.relay.close(0);
});

/** What the relay makes of a refusal of one route configuration. */
async function causesOf(proxy: string, configuration: string, error: string) {
  const stream = client.sotw();
  stream.ask({ typeUrl: ROUTE_TYPE, node: proxy, names: [configuration] });
  const { nonce } = await stream.next();
  const before = relay.log.ofKind('rejected').length;
  stream.ask({ typeUrl: ROUTE_TYPE, names: [configuration], nonce, error });
  await relay.log.until(`a refusal by ${proxy}`, (log) => log.ofKind('rejected').length > before);
  stream.call.end();
  await stream.ended;
  return relay.log.ofKind('rejected').at(-1)?.causes ?? [];
}

/** Every virtual host and route of a configuration as Envoy counts to it, and the name of what is a resource of its own. */
function placesIn({ virtual_hosts: hosts = [] }: WrittenRoutes): readonly (readonly [place: string, route: string | undefined])[] {
  return hosts.flatMap(({ routes = [] }, host) => [
    [`VirtualHosts[${host}]`, undefined] as const,
    ...routes.map(({ name }, route) => [`VirtualHosts[${host}].Routes[${route}]`, name] as const),
  ]);
}

test.each(globSync('*/*/mesh.yaml', { cwd: testdata }).map(dirname).sort())('%s', async (name) => {
  const state = meshStateOf(parse(readFileSync(join(testdata, name, 'mesh.yaml'), 'utf8')) as WrittenResource[]);
  const { snapshot } = compile(state);
  const present = new Set(state.resources.map(({ ref }) => resourcePath(ref)));
  n += 1n;
  await publish(snapshots, { ...snapshot, mesh: MESH, version: { epoch: 1, n, build: 1 } });
  for (const proxy of snapshot.proxies.keys()) {
    for (const configuration of readBack(snapshot, proxy).routes as readonly WrittenRoutes[]) {
      for (const [place, route] of placesIn(configuration)) {
        const [cause, ...more] = await causesOf(proxy, configuration.name, place);
        expect(more).toEqual([]);
        expect(present, `${proxy} ${place}`).toContain(cause?.resource);
        if (route !== undefined) expect(cause?.envoyName).toBe(route);
      }
    }
  }
});
