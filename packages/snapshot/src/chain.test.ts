import fc from 'fast-check';
import { expect, inject, it } from 'vitest';
import { encodeSnapshot, type LoadedSnapshot, readPublished } from './codec.ts';
import { checkConsistency } from './consistency.ts';
import { chainOf } from './file.ts';
import { contentHash, typeVersion } from './hash.ts';
import { Lineages } from './lineages.ts';
import { publishInSteps } from './publishing.ts';
import type { MeshSnapshot, ProxySnapshot, TypeSnapshot } from './snapshot.ts';
import type { Head } from './store.ts';

const MESH = '123456789012/apps';
const TYPES = [
  'type.googleapis.com/envoy.config.cluster.v3.Cluster',
  'type.googleapis.com/envoy.config.route.v3.RouteConfiguration',
] as const;
/** Hardly compresses, so that its object is large enough to be followed by changes. */
const BULK = Buffer.from(Array.from({ length: 9_000 }, (_, at) => contentHash(Buffer.from(`${at}`))).join(''), 'hex');
const STEPS = 12;

it('any sequence of versions that are stored as changes reads back as what was published, with and without one before', async () => {
  let changes = 0;
  const property = fc.asyncProperty(fc.array(anyProxies(), { minLength: 2, maxLength: STEPS }), fc.nat(STEPS), async (versions, from) => {
    const store = new Objects();
    const snapshots = versions.map((proxies, place) => snapshotOf(BigInt(place + 1), proxies));
    const heads = [];
    for (const snapshot of snapshots) heads.push(await store.publish(snapshot));
    let before: LoadedSnapshot | undefined;
    for (const [place, { latest }] of heads.entries()) {
      const expected = snapshots[place] as MeshSnapshot;
      expect(checkConsistency(expected)).toEqual([]);
      expect(latest.content).toBe(encodeSnapshot(expected).content);
      const read = await readPublished(store.read, MESH, latest);
      // By their bytes: equal snapshots have equal ones, and a comparison of large bodies takes seconds.
      expect(encodeSnapshot(read).key).toBe(encodeSnapshot(expected).key);
      const next = await readPublished(store.read, MESH, latest, before);
      expect(encodeSnapshot(next).key).toBe(encodeSnapshot(expected).key);
      if (place >= from) before = { key: latest.key, snapshot: next };
      if (chainOf(await store.read(latest.key)).length > 0) changes += 1;
    }
  });
  await fc.assert(property, { numRuns: 40 * inject('effort') });
  expect(changes).toBeGreaterThan(8);
});

it('a whole object comes after 64 changes', async () => {
  const store = new Objects();
  const lengths: number[] = [];
  for (let n = 1n; n <= 67n; n++) {
    const { latest } = await store.publish(snapshotOf(n, new Map([[0, { content: Number(n), query: 0, source: 0, hasRoutes: true }]])));
    lengths.push(chainOf(await store.read(latest.key)).length);
  }
  expect(lengths).toEqual([...Array(65).keys(), 0, 1]);
});

class Objects {
  readonly #lineages = new Lineages();
  readonly #objects = new Map<string, Uint8Array>();
  #head: Head | undefined;

  readonly read = async (key: string): Promise<Uint8Array> => this.#objects.get(key) ?? new Uint8Array();

  async publish(snapshot: MeshSnapshot): Promise<Head> {
    const moveHead = async (head: Head): Promise<boolean> => {
      this.#head = head;
      return true;
    };
    const writeObject = async ({ key, bytes }: { readonly key: string; readonly bytes: Uint8Array }): Promise<void> =>
      void this.#objects.set(key, bytes);
    const hasObject = async (key: string): Promise<boolean> => this.#objects.has(key);
    const steps = { before: this.#head, lineages: this.#lineages, hasObject, writeObject, moveHead };
    expect(await publishInSteps(steps, snapshot, this.#head?.latest)).not.toBe('stale');
    if (this.#head === undefined) throw new Error('no head');
    return this.#head;
  }
}

interface Written {
  readonly content: number;
  readonly query: number;
  readonly source: number;
  readonly hasRoutes: boolean;
}

function anyProxies(): fc.Arbitrary<ReadonlyMap<number, Written>> {
  const small = fc.nat({ max: 2 });
  const proxy = fc.record({ content: small, query: small, source: small, hasRoutes: fc.boolean() });
  return fc
    .uniqueArray(fc.tuple(fc.nat({ max: 4 }), proxy), { selector: ([name]) => name, maxLength: 5 })
    .map((entries) => new Map(entries));
}

function snapshotOf(n: bigint, written: ReadonlyMap<number, Written>): MeshSnapshot {
  const resources = new Map<string, Uint8Array>([[contentHash(BULK), BULK]]);
  const add = (text: string): string => {
    const bytes = new TextEncoder().encode(text);
    resources.set(contentHash(bytes), bytes);
    return contentHash(bytes);
  };
  const typeOf = (references: ReadonlyMap<string, string>) => ({ version: typeVersion(references), references });
  const proxies = new Map<string, ProxySnapshot>();
  const bulk = new Map([[TYPES[0], typeOf(new Map([['bulk', contentHash(BULK)]]))]]);
  proxies.set('virtualNode/bulk', { types: bulk, endpointQueries: new Map(), sources: new Map() });
  for (const [name, { content, query, source, hasRoutes }] of written) {
    const clusters = typeOf(new Map([[`c${name}`, add(`cluster ${content}`)]]));
    const routes = (): TypeSnapshot => typeOf(new Map([['r', add(`route ${name} ${content}`)]]));
    proxies.set(`virtualNode/${name}`, {
      types: new Map([[TYPES[0], clusters], ...(hasRoutes ? ([[TYPES[1], routes()]] as const) : [])]),
      endpointQueries: new Map(query === 0 ? [] : [[`c${name}`, { service: `${query}` }]]),
      sources: new Map([[`${TYPES[0]}/c${name}`, { resource: `virtualNode/${source}`, pointer: '' }]]),
    });
  }
  return { mesh: MESH, version: { epoch: 1, n, build: 1 }, resources, proxies };
}
