import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import { adoptReported } from './adopt.ts';
import type { Dialect, Message } from './dialect.ts';
import type { EndpointSets } from './endpoints.ts';
import type { Following, Meshes } from './meshes.ts';
import { type NameSets, TooManyNames } from './nameSet.ts';
import type { Outlet } from './outlet.ts';
import type { Authenticate, NodeInfo, ProxyStatusEvent } from './ports.ts';
import { Pusher } from './pusher.ts';
import type { ServedMesh } from './servedMesh.ts';
import type { RelaySettings } from './settings.ts';
import type { StreamEvent } from './streamEvent.ts';
import { Target } from './target.ts';
import { newTypeState, type TypeState } from './typeState.ts';
import type { Waves } from './waves.ts';
import { Malformed } from './wire/reader.ts';
import { decodeNode, decodeNodeId } from './wire/requests.ts';

/** What all streams of a relay share. */
export interface StreamParts {
  readonly meshes: Meshes;
  readonly endpoints: EndpointSets;
  readonly waves: Waves;
  readonly names: NameSets;
  readonly authenticate: Authenticate;
  readonly onStatus: (event: ProxyStatusEvent) => void;
  readonly now: () => number;
  readonly setTimer: (callback: () => void, millis: number) => () => void;
  readonly settings: RelaySettings;
  /** Has `push` called soon, once, however often it is asked for before. */
  readonly enqueue: (stream: ProxyStream) => void;
  readonly onClosed: () => void;
}

const SERVED: readonly string[] = [CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE];
const MOST_IGNORED_TYPES = 16;
/** Characters of a node's id, cluster and version each; they are kept and told with every event, and the longest ARN of a proxy has 600. */
const MOST_NODE_TEXT = 1_024;

/** One aggregated stream of one proxy, without its transport. */
export class ProxyStream {
  readonly #parts: StreamParts;
  readonly #dialect: Dialect;
  readonly #outlet: Outlet;
  readonly #session: number;
  readonly #types = new Map<string, TypeState>();
  readonly #ignored = new Set<string>();
  readonly #pusher: Pusher;
  #node: NodeInfo | undefined;
  #proxy: string | undefined;
  #following: Following | undefined;
  #target: Target | undefined;
  /** Rev of the newest head anything was taken from: what an older head served is not sent. Versions do not say: a rollback serves an older one. */
  #rev: bigint | undefined;
  #orphaned: string | undefined;
  /** `checking`: a version was reported that is not known here, and the head is being read. */
  #head: 'unread' | 'checking' | 'read' = 'unread';
  #cancelHeadWait: (() => void) | undefined;
  #closed = false;

  constructor(parts: StreamParts, dialect: Dialect, outlet: Outlet, session: number) {
    this.#parts = parts;
    this.#dialect = dialect;
    this.#outlet = outlet;
    this.#session = session;
    const { endpoints, settings, waves, now, setTimer } = parts;
    this.#pusher = new Pusher({
      dialect,
      endpoints,
      settings,
      waves,
      now,
      setTimer,
      outlet,
      types: this.#types,
      report: (event) => this.#report(event),
      wake: () => parts.enqueue(this),
    });
  }

  /** Takes one encoded request. */
  receive(bytes: Uint8Array): void {
    if (this.#closed) return;
    try {
      this.#take(this.#dialect.decode(bytes, this.#parts.names));
    } catch (error) {
      if (error instanceof TooManyNames) {
        this.#end('resourceExhausted', error.message);
        return;
      }
      if (!(error instanceof Malformed)) throw error;
      this.#end('invalidArgument', `the request cannot be read: ${error.message}`);
    }
  }

  /** The transport can take more. */
  drained(): void {
    this.#pusher.busy = false;
    this.#parts.enqueue(this);
  }

  /** The stream is over, whoever ended it. */
  closed(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#pusher.stop();
    this.#cancelHeadWait?.();
    this.#following?.end();
    this.#parts.onClosed();
    if (this.#node !== undefined) this.#report({ kind: 'gone', reason });
  }

  /** Ends the stream with status OK: the client is to reconnect. */
  recycle(reason: string): void {
    this.#end('ok', reason);
  }

  /** Sends what is due, in order, as far as acknowledgements and the transport allow. */
  push(): void {
    const target = this.#target;
    if (this.#closed || target === undefined) return;
    this.#guarded(() => this.#adoptsReported(target) && this.#pusher.push(target));
  }

  #take(message: Message): void {
    if (!this.#admit(message) || this.#proxy === undefined) return;
    if (!SERVED.includes(message.typeUrl)) {
      this.#ignore(message.typeUrl);
      return;
    }
    const known = this.#types.get(message.typeUrl);
    const state = known ?? newTypeState(message.typeUrl, this.#parts.names.none, this.#parts.now());
    this.#types.set(message.typeUrl, state);
    const answers = this.#pusher.answer(state, message);
    const role = known === undefined ? 'first' : answers ? 'answer' : 'other';
    if (message.subscribe(state, role)) state.askedAt = this.#parts.now();
    this.#parts.enqueue(this);
  }

  /** The first message says who this is; later ones may not say otherwise. */
  #admit(message: Message): boolean {
    if (this.#node !== undefined) {
      const same = message.node === undefined || decodeNodeId(message.node) === this.#node.id;
      if (!same) this.#end('permissionDenied', `this stream is of node ${this.#node.id}; another node needs a stream of its own`);
      return same;
    }
    if (message.node === undefined) throw new Malformed('the first request of a stream names no node');
    const node = decodeNode(message.node);
    if ([node.id, node.cluster, node.envoyVersion].some(({ length }) => length > MOST_NODE_TEXT)) {
      throw new Malformed(`node id, cluster and version may have ${MOST_NODE_TEXT} characters each`);
    }
    this.#node = node;
    const admission = this.#parts.authenticate(this.#outlet.peer, node);
    this.#report({ kind: 'connected', protocol: this.#dialect.protocol, admission });
    if (admission.kind === 'refused') this.#end('permissionDenied', admission.reason);
    if (admission.kind !== 'proxy') return false;
    this.#proxy = admission.proxy;
    this.#following = this.#parts.meshes.follow(admission.mesh, {
      updated: (view) => this.#guarded(() => this.#retarget(view)),
      missing: (reason) => this.#orphan(reason),
    });
    // Told of the mesh at once, it may have ended already.
    if (this.#closed) this.#following.end();
    return !this.#closed;
  }

  /** A fault met with one proxy's content ends that proxy's stream; Envoy keeps what it runs, and the others are served. */
  #guarded(act: () => unknown): void {
    try {
      act();
    } catch (error) {
      this.#end('internal', `the relay failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #retarget(view: ServedMesh): void {
    if (this.#closed || this.#proxy === undefined) return;
    if (this.#rev !== undefined && view.rev < this.#rev) return;
    this.#rev = view.rev;
    const proxy = view.proxy(this.#proxy);
    if (proxy === undefined) {
      this.#orphan(`mesh ${view.mesh} has no ${this.#proxy} at ${view.label}`);
      return;
    }
    if (this.#orphaned !== undefined) this.#report({ kind: 'found', snapshotVersion: view.label });
    this.#orphaned = undefined;
    this.#target = new Target(view, proxy, this.#target);
    this.#parts.enqueue(this);
  }

  /** Silence: what the proxy runs stays. */
  #orphan(reason: string): void {
    const known = this.#orphaned !== undefined;
    this.#orphaned = reason;
    this.#target = undefined;
    if (!known && !this.#closed) this.#report({ kind: 'orphaned', reason });
  }

  #adoptsReported(target: Target): boolean {
    if (this.#head === 'checking') return false;
    for (const state of this.#types.values()) {
      if (state.reported === undefined) continue;
      const known = adoptReported(state, target);
      if (!known && this.#head === 'unread') {
        this.#readHead();
        return false;
      }
      state.reported = undefined;
      if (state.held !== undefined) this.#pusher.adopted(state, target);
    }
    return true;
  }

  /**
   * The client may have been served by a relay that is ahead: look before answering, or it would be taken back to an older
   * version. But not for ever: a proxy that came back and hears nothing misses every change.
   */
  #readHead(): void {
    this.#head = 'checking';
    const go = (): void => {
      if (this.#head === 'read') return;
      this.#head = 'read';
      this.#cancelHeadWait?.();
      this.#parts.enqueue(this);
    };
    this.#cancelHeadWait = this.#parts.setTimer(go, this.#parts.settings.headWaitMillis);
    void this.#following?.refresh().then((read) => read && go());
  }

  #ignore(typeUrl: string): void {
    if (this.#ignored.has(typeUrl) || this.#ignored.size >= MOST_IGNORED_TYPES) return;
    this.#ignored.add(typeUrl);
    this.#report({ kind: 'ignored', typeUrl, reason: `the relay serves ${SERVED.join(', ')}` });
  }

  #end(status: Parameters<Outlet['end']>[0], detail: string): void {
    if (this.#closed) return;
    this.#outlet.end(status, detail);
    this.closed(detail);
  }

  #report(event: StreamEvent): void {
    const node = this.#node ?? { id: '', cluster: '', envoyVersion: '' };
    this.#parts.onStatus({ ...event, session: this.#session, peer: this.#outlet.peer, node });
  }
}
