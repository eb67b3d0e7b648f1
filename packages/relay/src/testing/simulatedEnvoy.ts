import type { Received, ScriptedClient, Type } from './client.ts';

/** What an Envoy does with an update: takes it, refuses it untouched, or refuses it and applies it all the same. */
export type Verdict = 'accept' | 'refuse' | 'refuseButApply';

const NAMED: readonly Type[] = ['eds', 'rds'];

/**
 * An Envoy reduced to what the relay's rules are about: it holds clusters, listeners and routes across reconnects, asks for
 * endpoints of its clusters and routes of its listeners, and answers each response when it is told to.
 * A listener's content names its route configurations, a route configuration's the clusters it leads to: `name=a,b#1`.
 */
export class SimulatedEnvoy {
  readonly held: Record<Type, Map<string, { readonly text: string; readonly version: string }>> = {
    cds: new Map(),
    eds: new Map(),
    lds: new Map(),
    rds: new Map(),
    sds: new Map(),
  };
  client: ScriptedClient;
  readonly #connect: () => ScriptedClient;
  readonly #protocol: 'sotw' | 'delta';
  readonly #accepted: Partial<Record<Type, string>> = {};
  #nonces: Partial<Record<Type, string>> = {};
  #names: Partial<Record<Type, ReadonlySet<string>>> = {};
  #inbox: Received[] = [];

  constructor(connect: () => ScriptedClient, protocol: 'sotw' | 'delta') {
    this.#connect = connect;
    this.#protocol = protocol;
    this.client = connect();
    this.#subscribe(['cds', 'lds']);
  }

  /** Cuts the stream and comes back with the versions it holds; the order of its first requests is anybody's. */
  reconnect(order: readonly Type[]): void {
    this.client.stream.closed('cut');
    this.client = this.#connect();
    this.#nonces = {};
    this.#names = {};
    this.#inbox = [];
    this.#subscribe(order);
  }

  /** Types whose oldest response waits for an answer. */
  get waiting(): readonly Received[] {
    this.#inbox.push(...this.client.take());
    return this.#inbox;
  }

  /** Takes the oldest response and answers it. */
  answer(verdict: Verdict): Received | undefined {
    const [response] = this.waiting;
    if (response === undefined) return undefined;
    this.#inbox.shift();
    if (verdict !== 'refuse') this.#apply(response);
    this.#nonces[response.type] = response.nonce;
    if (verdict === 'accept') this.#accepted[response.type] = response.version;
    this.#request(response.type, verdict === 'accept' ? {} : { error: 'no' });
    this.#follow();
    return response;
  }

  /** Repeats the last request of a type, with its nonce or with one that never was. */
  repeat(type: Type, nonce: string | undefined): void {
    if (this.#names[type] !== undefined) this.#request(type, { nonce: nonce ?? this.#nonces[type] ?? '' });
  }

  /** Clusters that a route in use leads to and that are not there. */
  get missingClusters(): readonly string[] {
    return [...this.held.rds.values()].flatMap(({ text }) => targetsOf(text)).filter((cluster) => !this.held.cds.has(cluster));
  }

  #apply({ type, resources, removed, versions }: Received): void {
    const held = this.held[type];
    if (this.#protocol === 'sotw' && !NAMED.includes(type)) held.clear();
    for (const [name, text] of Object.entries(resources)) held.set(name, { text, version: versions[name] ?? '' });
    if (type !== 'rds') for (const name of removed) held.delete(name);
  }

  /** Asks for the endpoints of the clusters and the routes of the listeners it holds now. */
  #follow(): void {
    this.#ask('eds', new Set(this.held.cds.keys()));
    this.#ask('rds', new Set([...this.held.lds.values()].flatMap(({ text }) => targetsOf(text))));
  }

  #ask(type: Type, names: ReadonlySet<string>): void {
    const before = this.#names[type];
    for (const name of this.held[type].keys()) if (!names.has(name)) this.held[type].delete(name);
    const added = [...names].filter((name) => !before?.has(name));
    const dropped = [...(before ?? [])].filter((name) => !names.has(name));
    if (added.length + dropped.length === 0) return;
    this.#names[type] = names;
    this.#request(type, this.#protocol === 'delta' ? { names: added, unsubscribe: dropped } : {});
  }

  #subscribe(order: readonly Type[]): void {
    for (const type of order) {
      const names = namesOf(this, type);
      if (NAMED.includes(type) && names.size === 0) continue;
      this.#names[type] = names;
      const versions = Object.fromEntries(Array.from(this.held[type], ([name, { version }]) => [name, version]));
      this.#request(type, this.#protocol === 'delta' ? { names: NAMED.includes(type) ? [...names] : [], versions } : {});
    }
  }

  #request(type: Type, ask: Parameters<ScriptedClient['ask']>[1]): void {
    const version = this.#accepted[type];
    const names = NAMED.includes(type) && this.#protocol === 'sotw' ? { names: [...(this.#names[type] ?? [])] } : {};
    this.client.ask(type, { nonce: this.#nonces[type] ?? '', ...names, ...(version === undefined ? {} : { version }), ...ask });
  }
}

function namesOf({ held }: SimulatedEnvoy, type: Type): ReadonlySet<string> {
  if (type === 'eds') return new Set(held.cds.keys());
  if (type === 'rds') return new Set([...held.lds.values()].flatMap(({ text }) => targetsOf(text)));
  return new Set();
}

/** `name=a,b#1` → a, b */
function targetsOf(text: string): readonly string[] {
  const [, content = ''] = text.split('=');
  return (
    content
      .split('#')[0]
      ?.split(',')
      .filter((name) => name !== '') ?? []
  );
}
