import { ENDPOINT_TYPE } from '@meshwright/envoy-api';
import { contentHash, type EndpointQuery } from '@meshwright/snapshot';
import { createCore } from '../core.ts';
import { SECRET_TYPE } from '../liveTypes.ts';
import type { Admission, EndpointSource, PeerInfo, ProxyStatusEvent, SecretSource } from '../ports.ts';
import type { RelayParts } from '../relayParts.ts';
import type { RelaySettings } from '../settings.ts';
import { ScriptedClient } from './client.ts';
import { anyOf, lengthDelimited, MESH, ScriptedSnapshots } from './store.ts';

/** Time that passes when a test says so. */
export class FakeTime {
  #now = 0;
  readonly #timers = new Set<{ readonly at: number; readonly callback: () => void }>();

  readonly now = (): number => this.#now;

  readonly setTimer = (callback: () => void, millis: number): (() => void) => {
    const timer = { at: this.#now + millis, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  };

  get pending(): number {
    return this.#timers.size;
  }

  async advance(millis: number): Promise<void> {
    await settled();
    const end = this.#now + millis;
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
      await settled();
    }
    this.#now = end;
    await settled();
  }
}

/** Endpoints that a test sets. */
class ScriptedEndpoints implements EndpointSource {
  readonly #known = new Map<string, { readonly bytes: Uint8Array; readonly version: string }>();
  readonly #listeners = new Set<(query: EndpointQuery) => void>();
  /** Calls of `current`. */
  reads = 0;

  get subscribers(): number {
    return this.#listeners.size;
  }

  set(cluster: string, content: string): void {
    const bytes = anyOf(ENDPOINT_TYPE, `${cluster}=${content}`);
    this.#known.set(cluster, { bytes, version: contentHash(bytes) });
    for (const listener of this.#listeners) listener({ service: cluster });
  }

  current(_cluster: string, { service = '' }: EndpointQuery) {
    this.reads += 1;
    return this.#known.get(service);
  }

  subscribe(listener: (query: EndpointQuery) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

/** Trust bundles that a test sets; `bundle` is one of a validation context unless it gives the bytes. */
export class ScriptedSecrets implements SecretSource {
  readonly #known = new Map<string, { readonly bytes: Uint8Array; readonly version: string }>();
  readonly #listeners = new Set<(mesh: string, name: string) => void>();

  set(name: string, content: string, { mesh = MESH, field = VALIDATION_CONTEXT } = {}): void {
    const value = Buffer.concat([lengthDelimited(1, name), lengthDelimited(field, content)]);
    const bytes = Buffer.concat([lengthDelimited(1, SECRET_TYPE), lengthDelimited(2, value)]);
    this.#known.set(`${mesh}/${name}`, { bytes, version: contentHash(bytes) });
    for (const listener of this.#listeners) listener(mesh, name);
  }

  current(mesh: string, name: string) {
    return this.#known.get(`${mesh}/${name}`);
  }

  subscribe(listener: (mesh: string, name: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

const VALIDATION_CONTEXT = 4;

/** A few turns of the event loop: all that was set in motion without a timer has come to rest. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** Node ids are `virtualNode/NAME` here; `refused` and `unknown` are not admitted. */
function admit(id: string): Admission {
  if (id === 'refused') return { kind: 'refused', reason: 'not yours' };
  if (id === 'unknown') return { kind: 'unknown', reason: 'no such name' };
  const [proxy = '', mesh = MESH] = id.split('@');
  return { kind: 'proxy', mesh, proxy };
}

/** A relay's core with everything around it scripted, but for the parts that are given. */
export function startCore(
  settings: Partial<RelaySettings> = {},
  snapshots = new ScriptedSnapshots(),
  parts: Partial<Pick<RelayParts, 'authenticate' | 'secrets' | 'snapshots'>> = {},
) {
  const time = new FakeTime();
  const endpoints = new ScriptedEndpoints();
  const events: ProxyStatusEvent[] = [];
  const core = createCore(
    {
      snapshots,
      endpoints,
      authenticate: (_peer, node) => admit(node.id),
      onStatus: (event) => events.push(event),
      now: time.now,
      setTimer: time.setTimer,
      settings,
      ...parts,
    },
    (resume) => setImmediate(resume),
  );
  const connect = (protocol: 'sotw' | 'delta', node = 'virtualNode/a', peer?: PeerInfo): ScriptedClient =>
    new ScriptedClient(core, protocol, node, peer);
  const eventsOf = <Kind extends ProxyStatusEvent['kind']>(kind: Kind) =>
    events.filter((event): event is Extract<ProxyStatusEvent, { kind: Kind }> => event.kind === kind);
  return { core, snapshots, endpoints, time, events, eventsOf, connect };
}
