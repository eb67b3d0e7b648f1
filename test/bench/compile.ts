import { availableParallelism } from 'node:os';
import { type Compiled, compile } from '@meshwright/compiler';
import { meshStateOf, type WrittenResource } from '@meshwright/compiler/testing';
import type { Kind, MeshState, Ref, Resource } from '@meshwright/model';
import { encodeHead, type Head, Lineages, type MeshSnapshot, type PackedFile, publishInSteps } from '@meshwright/snapshot';
import { type Spread, spread } from './distribution.ts';

/** How much is compiled, and how often. */
export interface CompileOptions {
  /** Services of the large mesh; the small one has 100. */
  readonly services: number;
  /** Runs of each kind, after one to warm up. */
  readonly runs: number;
  /** Told of progress. */
  say(line: string): void;
}

/** What was measured of one mesh, in milliseconds and bytes. */
export interface CompileRow {
  readonly services: number;
  /** All of it from scratch, model to bytes of each resource. */
  readonly full: Spread;
  /** After one changed route, which ten proxies see; of all changes between two whole objects. */
  readonly change: Spread;
  /** Storing it for relays, after that change: now and then it is stored whole. */
  readonly stored: Spread;
  /** Objects that are written for that change, the head's row among them; on average. */
  readonly puts: number;
  /** Stored bytes that are written for it, on average. */
  readonly putBytes: number;
}

/** What was measured, and on what. */
export interface CompileResult {
  readonly runs: number;
  readonly cpus: number;
  readonly node: string;
  /** Three resources per service: its own cluster and routes, and the cluster that others reach it by. Milliseconds. */
  readonly threePerService: Spread & { readonly resources: number };
  readonly rows: readonly CompileRow[];
  /** The large mesh's medians over the small one's. */
  readonly growth: { readonly change: number; readonly putBytes: number };
}

const SMALL_SERVICES = 100;
const BACKENDS = 10;
/** Clients that have all services as backends between them. */
const CLIENTS = 10;

/** Measures how compiling grows with the mesh, in this process and without any store. */
export async function measureCompile({ services, runs, say }: CompileOptions): Promise<CompileResult> {
  say(`${services} services with three resources each`);
  const state = meshOfThree(services);
  const three = times(runs, () => compile(state));
  const rows: CompileRow[] = [];
  for (const count of [SMALL_SERVICES, services]) {
    say(`${count} services, each node with ${BACKENDS} backends`);
    rows.push(await measureMesh(count, runs));
  }
  const [small, large] = rows;
  const ratio = (of: (row: CompileRow) => number): number =>
    small === undefined || large === undefined ? Number.NaN : Math.round((100 * of(large)) / of(small)) / 100;
  return {
    runs,
    cpus: availableParallelism(),
    node: process.versions.node,
    threePerService: { ...three.millis, resources: three.last.snapshot.resources.size },
    rows,
    growth: { change: ratio(({ change }) => change.median), putBytes: ratio(({ putBytes }) => putBytes) },
  };
}

async function measureMesh(services: number, runs: number): Promise<CompileRow> {
  const state = meshOf(services);
  const full = times(runs, () => compile(state));
  const { change, stored, puts, putBytes } = await changeOften(state, full.last);
  return { services, full: full.millis, change: spread(change.map(rounded)), stored: spread(stored.map(rounded)), puts, putBytes };
}

/** Between two whole objects of a large mesh: each change bears its part of what a whole one takes. */
const CHANGES = 65;

interface Changes {
  readonly change: readonly number[];
  readonly stored: readonly number[];
  readonly puts: number;
  readonly putBytes: number;
}

/** Changes one route after the other and publishes each time, as a publisher does that runs for long. */
async function changeOften(state: MeshState, compiled: Compiled): Promise<Changes> {
  let last = compiled;
  const change: number[] = [];
  const stored: number[] = [];
  const store = new CountingStore();
  // As a publisher has it: loading the mesh is no part of a change.
  const contents = new Contents(state);
  await store.publish(last.snapshot);
  store.reset();
  for (let run = 0; run < CHANGES; run++) {
    const changed = withWeight(state, run + 2);
    contents.put(changed);
    const start = performance.now();
    const generation = last.snapshot.version.n + 1n;
    last = compile({ ...state, generation, contents }, 1, { compiled: last, changed: [changed.ref] });
    const compiledAt = performance.now();
    await store.publish(last.snapshot);
    change.push(compiledAt - start);
    stored.push(performance.now() - compiledAt);
  }
  return { change, stored, puts: store.puts / CHANGES, putBytes: Math.round(store.bytes / CHANGES) };
}

/** What one changed route takes in a mesh of so many services: objects and heads that are written, and bytes, on average. */
export async function bytesOfChange(services: number): Promise<Pick<Changes, 'puts' | 'putBytes'>> {
  const state = meshOf(services);
  const { puts, putBytes } = await changeOften(state, compile(state));
  return { puts, putBytes };
}

/** Takes what a publisher writes and counts it. */
class CountingStore {
  readonly #lineages = new Lineages();
  #head: Head | undefined;
  puts = 0;
  bytes = 0;

  reset(): void {
    this.puts = 0;
    this.bytes = 0;
  }

  async publish(snapshot: MeshSnapshot): Promise<void> {
    const steps = {
      before: this.#head,
      lineages: this.#lineages,
      hasObject: async () => true,
      writeObject: async ({ bytes }: PackedFile) => this.#count(bytes),
      moveHead: async (head: Head) => {
        this.#head = head;
        this.#count(encodeHead(head));
        return true;
      },
    };
    await publishInSteps(steps, snapshot, this.#head?.latest);
  }

  #count({ length }: Uint8Array): void {
    this.puts += 1;
    this.bytes += length;
  }
}

function times(runs: number, work: () => Compiled): { readonly millis: Spread; readonly last: Compiled } {
  let last = work();
  const millis: number[] = [];
  for (let run = 0; run < runs; run++) {
    const start = performance.now();
    last = work();
    millis.push(rounded(performance.now() - start));
  }
  return { millis: spread(millis), last };
}

function rounded(millis: number): number {
  return Math.round(millis * 100) / 100;
}

const LISTENERS = [{ portMapping: { port: 8080, protocol: 'http' } }];
const MESH: WrittenResource = { kind: 'mesh', name: 'apps' };

/** Every service behind a router with one route, every node with the ten services after its own as backends. */
function meshOf(services: number): MeshState {
  const backends = (number: number) => numbers(BACKENDS).map((step) => backend((number + step + 1) % services));
  return meshStateOf([MESH, ...numbers(services).flatMap((number) => service(number, backends(number)))]);
}

/** The same without backends, and a few clients that have all services between them. */
function meshOfThree(services: number): MeshState {
  const clients = numbers(CLIENTS).map((client): WrittenResource => {
    const own = numbers(services).filter((number) => number % CLIENTS === client);
    return { kind: 'virtualNode', name: `client${client}`, spec: { backends: own.map(backend) } };
  });
  return meshStateOf([MESH, ...numbers(services).flatMap((number) => service(number, [])), ...clients]);
}

function service(number: number, backends: readonly object[]): readonly WrittenResource[] {
  const spec = { listeners: LISTENERS, serviceDiscovery: { dns: { hostname: `n${number}.apps.local` } }, backends };
  return [
    { kind: 'virtualNode', name: `n${number}`, spec },
    { kind: 'virtualRouter', name: `r${number}`, spec: { listeners: LISTENERS } },
    { kind: 'route', parent: `r${number}`, name: 'route', spec: routeSpec(number, 1) },
    { kind: 'virtualService', name: serviceName(number), spec: { provider: { virtualRouter: { virtualRouterName: `r${number}` } } } },
  ];
}

function serviceName(number: number): string {
  return `s${number}.apps.local`;
}

function backend(number: number): object {
  return { virtualService: { virtualServiceName: serviceName(number) } };
}

function routeSpec(number: number, weight: number): object {
  return { httpRoute: { match: { prefix: '/' }, action: { weightedTargets: [{ virtualNode: `n${number}`, weight }] } } };
}

/** A loaded mesh of which one resource after the other changes. */
class Contents {
  readonly #lists = new Map<string, Map<string, Resource>>();

  constructor({ resources }: MeshState) {
    for (const resource of resources) this.put(resource);
  }

  get<K extends Kind>({ kind, parent, name }: Ref<K>): Resource<K> | undefined {
    return this.#lists.get(`${kind} ${parent ?? ''}`)?.get(name) as Resource<K> | undefined;
  }

  list<K extends Kind>(kind: K, parent = ''): Iterable<Resource<K>> {
    return (this.#lists.get(`${kind} ${parent}`)?.values() ?? []) as Iterable<Resource<K>>;
  }

  put(resource: Resource): void {
    const { kind, parent = '', name } = resource.ref;
    const list = this.#lists.get(`${kind} ${parent}`) ?? new Map<string, Resource>();
    this.#lists.set(`${kind} ${parent}`, list.set(name, resource));
  }
}

/** One route of the mesh with another weight. */
function withWeight({ resources }: MeshState, weight: number): Resource {
  const before = resources.find(({ ref }) => ref.kind === 'route');
  const [, written] = meshStateOf([MESH, { kind: 'route', parent: 'r0', name: 'route', spec: routeSpec(0, weight) }]).resources;
  if (before === undefined || written === undefined) throw new Error('The mesh has no route');
  return { ...before, spec: written.spec } as Resource;
}

function numbers(count: number): readonly number[] {
  return Array.from({ length: count }, (_, number) => number);
}
