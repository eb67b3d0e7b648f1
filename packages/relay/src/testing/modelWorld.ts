import { expect } from 'vitest';
import { type Action, CLUSTERS, contentOf, MODEL_TYPES, type ModelMesh } from './actions.ts';
import { TYPES, type Type } from './client.ts';
import { settled, startCore } from './harness.ts';
import { LaggingReader } from './laggingReader.ts';
import { SimulatedEnvoy, type Verdict } from './simulatedEnvoy.ts';
import { heldResource, type ProxyContent, ScriptedSnapshots, snapshotOf } from './store.ts';

type Steps = { readonly [Kind in Action['kind']]: (step: Extract<Action, { kind: Kind }>) => void | Promise<void> };

/** The first session of a relay. */
const BYSTANDER = 1;

/** Two relays on one store, one Envoy on one of them, and the bookkeeping of what was published and sent. */
export class ModelWorld {
  readonly envoy: SimulatedEnvoy;
  readonly #snapshots = new ScriptedSnapshots();
  readonly #readers = [new LaggingReader(this.#snapshots), new LaggingReader(this.#snapshots)] as const;
  readonly #relays = this.#readers.map((snapshots) => startCore({}, this.#snapshots, { snapshots }));
  /** The relay the Envoy is on. */
  #at = 0;
  #n = 0;
  #newest: ModelMesh | undefined;
  #previous: ModelMesh | undefined;
  /** Clusters were refused, so the bound decides about the routes: until all is in order again nothing is claimed of them. */
  #excused = false;
  /** Version at which each relay last missed some, or may have. */
  readonly #missedAt = [0, 0];
  readonly #protocol: 'sotw' | 'delta';
  readonly #steps: Steps = {
    publish: ({ mesh }) => this.publish(mesh),
    answer: ({ verdict }) => this.#answer(verdict),
    answerAll: () => this.answerAll(),
    wait: ({ millis }) => this.#advance(millis),
    endpoints: ({ cluster, edition }) => this.#setEndpoints(cluster, String(edition)),
    repeat: (step) => this.envoy.repeat(step.type, this.#nonceOf(step)),
    reconnect: ({ order }) => this.envoy.reconnect(order),
    switch: ({ order }) => this.#switch(order),
    lag: ({ on }) => this.#lag(on),
    slow: ({ on }) => this.#slow(on),
    hold: ({ type }) => this.#hold(type),
  };
  readonly counts = { publish: 0, endpoints: 0, reconnect: 0, switch: 0, repeat: 0, hold: 0 };

  constructor(protocol: 'sotw' | 'delta') {
    for (const cluster of CLUSTERS) this.#setEndpoints(cluster, '0');
    this.publish({ clusters: [['a', 1]], routed: ['a'], second: undefined, edition: 1 });
    this.#protocol = protocol;
    // Both relays have the mesh in service all the time: each has a proxy of its own.
    for (const { connect } of this.#relays) connect(protocol).ask('cds');
    this.envoy = new SimulatedEnvoy(() => this.#relay.connect(protocol), protocol);
  }

  publish(next: ModelMesh): void {
    this.#n += 1;
    this.counts.publish += 1;
    this.#previous = this.#newest;
    this.#newest = next;
    this.#snapshots.put(snapshotOf(this.#n, { 'virtualNode/a': contentOf(next) }));
  }

  async run(step: Action): Promise<void> {
    await (this.#steps[step.kind] as (step: Action) => unknown)(step);
    if (step.kind in this.counts && step.kind !== 'publish') this.counts[step.kind as 'repeat'] += 1;
    await settled();
  }

  async answerAll(): Promise<void> {
    await settled();
    while (this.envoy.waiting.length > 0) {
      this.#answer('accept');
      await settled();
    }
  }

  async finish(): Promise<void> {
    for (const reader of this.#readers) reader.catchUp();
    for (const last of [
      { kind: 'slow', on: false },
      { kind: 'hold', type: undefined },
    ] as const)
      await this.run(last);
    await this.answerAll();
    // Content that was refused is not sent again before it changes, and it changes here. Some of it never comes back: what an
    // Envoy took although it refused it must be taken from it.
    this.publish({ clusters: ['a', 'b'].map((name) => [name, 9]), routed: ['a'], second: 'm', edition: 9 });
    await this.answerAll();
    this.publish({ clusters: [['b', 9]], routed: ['b'], second: undefined, edition: 8 });
    await this.answerAll();
    await this.#advance(60_000);
    await this.answerAll();
  }

  /** Everything is refused, and every request repeated. */
  async storm(rounds: number): Promise<void> {
    const repeats = MODEL_TYPES.map((type): Action => ({ kind: 'repeat', type, nonce: 'last' }));
    const storm: readonly Action[] = [{ kind: 'answer', verdict: 'refuse' }, ...repeats];
    for (let step = 0; step < rounds * storm.length; step += 1) await this.run(storm[step % storm.length] as Action);
  }

  get newest(): ProxyContent {
    return this.#newest === undefined ? {} : contentOf(this.#newest);
  }

  sent(typeUrlPart: string): number {
    const all = this.#relays.flatMap(({ eventsOf }) => eventsOf('sent'));
    return all.filter(({ typeUrl, session }) => session !== BYSTANDER && typeUrl.endsWith(typeUrlPart)).length;
  }

  get #relay(): ReturnType<typeof startCore> {
    return this.#relays[this.#at] as ReturnType<typeof startCore>;
  }

  #switch(order: readonly Type[]): void {
    this.#at = 1 - this.#at;
    const [known, before] = [this.#newest, this.#previous].map((mesh) =>
      Object.keys(mesh === undefined ? {} : (contentOf(mesh).clusters ?? {})),
    );
    const strange = [...this.envoy.held.cds.keys()].some((name) => !known?.includes(name) && !before?.includes(name));
    const missed = this.#n - (this.#missedAt[this.#at] ?? 0) < 2 || this.#readers[this.#at]?.isLagging === true;
    // State of the world names what it has by a version only. Where that was never in service a cluster cannot be kept that only
    // the other relay knew: its routes follow a moment later.
    if (this.#protocol === 'sotw' && (strange || missed)) this.#excused = true;
    this.envoy.reconnect(order);
  }

  #lag(on: boolean): void {
    this.#missedAt[1 - this.#at] = this.#n;
    const other = this.#readers[1 - this.#at];
    if (on) other?.lag();
    else other?.catchUp();
  }

  #slow(on: boolean): void {
    this.envoy.client.slow = on;
    if (!on) this.envoy.client.stream.drained();
  }

  #hold(type: Extract<Action, { kind: 'hold' }>['type']): void {
    const { clusters = {}, listeners = {}, routes = {} } = this.newest;
    const contents = type === undefined ? {} : { cds: clusters, lds: listeners, rds: routes }[type];
    const typeUrl = type === undefined ? '' : TYPES[type];
    this.#snapshots.hold(Object.entries(contents).map(([name, content]) => heldResource(typeUrl, name, content)));
  }

  #nonceOf({ type, nonce }: Extract<Action, { kind: 'repeat' }>): string | undefined {
    if (nonce === 'last') return undefined;
    if (nonce === 'never') return 'x';
    const [first, second] = this.envoy.client.received.filter((response) => response.type === type);
    // As long as there is no other it is the last.
    return nonce === '' || first === undefined || second === undefined ? '' : first.nonce;
  }

  #setEndpoints(cluster: string, content: string): void {
    for (const { endpoints } of this.#relays) endpoints.set(cluster, content);
  }

  async #advance(millis: number): Promise<void> {
    for (const { time } of this.#relays) await time.advance(millis);
  }

  #answer(verdict: Verdict): void {
    const response = this.envoy.answer(verdict);
    if (response?.type === 'cds' && verdict !== 'accept') this.#excused = true;
    const missing = this.envoy.missingClusters;
    if (missing.length === 0 && response?.type === 'cds' && verdict === 'accept') this.#excused = false;
    if (!this.#excused) expect(missing, `after ${verdict} of ${response?.type} ${JSON.stringify(response?.resources)}`).toEqual([]);
  }
}
