import { CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import { adoptReported } from './adopt.ts';
import type { Dialect, Message } from './dialect.ts';
import { EarlyRequests } from './earlyRequests.ts';
import type { News } from './liveNews.ts';
import { SECRET_TYPE } from './liveTypes.ts';
import type { FollowedMesh, Meshes, MeshListener } from './meshes.ts';
import type { Call } from './method.ts';
import { type NameSets, TooManyNames } from './nameSet.ts';
import type { EndStatus, Outlet } from './outlet.ts';
import type { Admission, Authenticate, NodeInfo, PeerInfo, ProxyStatusEvent } from './ports.ts';
import { Pusher, type PusherParts } from './pusher.ts';
import type { ServedMesh } from './servedMesh.ts';
import type { StreamCounts } from './streamCounts.ts';
import type { StreamEvent } from './streamEvent.ts';
import { Target } from './target.ts';
import { newTypeState, type TypeState } from './typeState.ts';
import { Malformed } from './wire/reader.ts';
import { decodeNode, decodeNodeId } from './wire/requests.ts';

/** What all streams of a relay share; a stream keeps no copies of it, for there are thousands. */
export interface StreamParts extends PusherParts {
  readonly meshes: Meshes;
  readonly names: NameSets;
  readonly streamCounts: StreamCounts;
  readonly authenticate: Authenticate;
  readonly onStatus: (event: ProxyStatusEvent) => void;
  /** Has `push` called soon, once, however often it is asked for before. */
  readonly enqueue: (stream: ProxyStream) => void;
  readonly onClosed: (stream: ProxyStream) => void;
}

const SERVED: readonly string[] = [CLUSTER_TYPE, ENDPOINT_TYPE, LISTENER_TYPE, ROUTE_TYPE];
const SERVED_WITH_SECRETS: readonly string[] = [...SERVED, SECRET_TYPE];
const MOST_IGNORED_TYPES = 16;
/** Characters of a node's id, cluster and version each; they are kept and told with every event, and the longest ARN of a proxy has 600. */
const MOST_NODE_TEXT = 1_024;
const NOBODY: NodeInfo = { id: '', cluster: '', envoyVersion: '' };

/** One aggregated stream of one proxy, without its transport. */
export class ProxyStream implements Call, MeshListener {
  readonly dialect: Dialect;
  readonly outlet: Outlet;
  readonly types = new Map<string, TypeState>();
  readonly #parts: StreamParts;
  readonly #session: number;
  readonly #peer: Pick<PeerInfo, 'address' | 'userAgent'>;
  readonly #pusher: Pusher;
  #ignored: Set<string> | undefined;
  #node: NodeInfo | undefined;
  /** Set while it is being found out who this is. */
  #early: EarlyRequests | undefined;
  #connected = false;
  #proxy: string | undefined;
  /** As which it is counted among the open streams of its proxy. */
  #counted: string | undefined;
  #followed: FollowedMesh | undefined;
  #target: Target | undefined;
  /** Rev of the newest head anything was taken from: what an older head served is not sent. Versions do not say: a rollback serves an older one. */
  #rev: bigint | undefined;
  #orphaned: string | undefined;
  /** `checking`: a version was reported that is not known here, and the head is being read. */
  #head: 'unread' | 'checking' | 'read' = 'unread';
  /** Ends the wait for the identity, later that for the head. */
  #cancelWait: (() => void) | undefined;
  #closed = false;

  constructor(parts: StreamParts, dialect: Dialect, outlet: Outlet, session: number) {
    this.#parts = parts;
    this.dialect = dialect;
    this.outlet = outlet;
    this.#session = session;
    const { address, userAgent } = outlet.peer;
    this.#peer = { address, userAgent };
    this.#pusher = new Pusher(parts, this);
  }

  /** Takes one encoded request. */
  receive(bytes: Uint8Array): void {
    if (this.#closed) return;
    if (this.#early !== undefined) {
      this.#keep(bytes);
      return;
    }
    try {
      const message = this.dialect.decode(bytes, this.#parts.names);
      if (this.#node === undefined) this.#introduce(message);
      // Whoever is not known yet is waited for with this request, too.
      if (this.#early !== undefined) this.#keep(bytes);
      else if (this.#isSameNode(message)) this.#take(message);
    } catch (error) {
      this.#endMalformed(error);
    }
  }

  /** The transport can take more. */
  drained(): void {
    this.#pusher.busy = false;
    this.wake();
  }

  /** The client sends nothing any more: so nothing can be acknowledged, and it is to come again. */
  requestsEnded(): void {
    this.recycle('the client ended the stream');
  }

  /** The stream is over, whoever ended it. */
  closed(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#early = undefined;
    this.#pusher.stop();
    this.#cancelWait?.();
    if (this.#followed !== undefined) this.#parts.meshes.leave(this.#followed, this);
    if (this.#counted !== undefined) this.#parts.streamCounts.leave(this.#counted);
    this.#parts.onClosed(this);
    // Whoever still holds the stream does not hold a snapshot with it.
    this.#target = undefined;
    this.#followed = undefined;
    this.types.clear();
    if (this.#connected) this.report({ kind: 'gone', reason });
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

  wake(): void {
    this.#parts.enqueue(this);
  }

  /** Whether news of live data may have something for this stream. */
  isConcerned(news: News): boolean {
    return this.#target?.isConcerned(news, this.types.get(SECRET_TYPE)) === true;
  }

  updated(view: ServedMesh): void {
    this.#guarded(() => this.#retarget(view));
  }

  /** Silence: what the proxy runs stays. */
  missing(reason: string): void {
    const known = this.#orphaned !== undefined;
    this.#orphaned = reason;
    this.#target = undefined;
    if (!known && !this.#closed) this.report({ kind: 'orphaned', reason });
  }

  report(event: StreamEvent): void {
    this.#parts.onStatus({ ...event, session: this.#session, peer: this.#peer, node: this.#node ?? NOBODY });
  }

  #keep(bytes: Uint8Array): void {
    if (this.#early?.keep(bytes) === false) this.#end('resourceExhausted', 'more requests than are kept before it is known who sends them');
  }

  #endMalformed(error: unknown): void {
    if (error instanceof TooManyNames) this.#end('resourceExhausted', error.message);
    else if (error instanceof Malformed) this.#end('invalidArgument', `the request cannot be read: ${error.message}`);
    else throw error;
  }

  #take(message: Message): void {
    if (this.#proxy === undefined) return;
    const { typeUrl } = message;
    if (!this.#served.includes(typeUrl)) {
      this.#ignore(typeUrl);
      return;
    }
    const known = this.types.get(typeUrl);
    const state = known ?? newTypeState(typeUrl, this.#parts.names.none, this.#parts.now());
    if (known === undefined) this.types.set(typeUrl, state);
    const answers = this.#pusher.answer(state, message);
    const role = known === undefined ? 'first' : answers ? 'answer' : 'other';
    if (message.subscribe(state, role)) state.askedAt = this.#parts.now();
    this.wake();
  }

  /** The first message says who this is; later ones may not say otherwise. */
  #isSameNode({ node }: Message): boolean {
    if (this.#closed) return false;
    if (node === undefined || decodeNodeId(node) === this.#node?.id) return true;
    this.#end('permissionDenied', `this stream is of node ${this.#node?.id}; another node needs a stream of its own`);
    return false;
  }

  #introduce(message: Message): void {
    if (message.node === undefined) throw new Malformed('the first request of a stream names no node');
    const node = decodeNode(message.node);
    if ([node.id, node.cluster, node.envoyVersion].some(({ length }) => length > MOST_NODE_TEXT)) {
      throw new Malformed(`node id, cluster and version may have ${MOST_NODE_TEXT} characters each`);
    }
    this.#node = node;
    const admission = this.#parts.authenticate(this.outlet.peer, node);
    if (admission instanceof Promise) this.#await(admission);
    else this.#admitted(admission);
  }

  #await(admission: Promise<Admission>): void {
    const { settings, setTimer } = this.#parts;
    const early = new EarlyRequests(settings.maxRequestBytes);
    this.#early = early;
    const settle = (act: () => void): void => {
      if (this.#early !== early) return;
      this.#cancelWait?.();
      this.#early = undefined;
      act();
    };
    // Why is for whoever checks to tell: it may speak of credentials.
    const fail = (): void => settle(() => this.#end('unavailable', 'who this is could not be found out; try again'));
    this.#cancelWait = setTimer(fail, settings.authenticateMillis);
    const go = (answer: Admission): void =>
      settle(() => {
        this.#admitted(answer);
        for (const request of early.all) this.receive(request);
      });
    admission.then(go, fail);
  }

  #isCounted(mesh: string, proxy: string): boolean {
    const identity = `${mesh} ${proxy}`;
    if (this.#parts.streamCounts.enter(identity)) {
      this.#counted = identity;
      return true;
    }
    this.#end('resourceExhausted', `${proxy} of ${mesh} has ${this.#parts.settings.streamsPerProxy} streams, and no more are taken`);
    return false;
  }

  #admitted(admission: Admission): void {
    this.#connected = true;
    this.report({ kind: 'connected', protocol: this.dialect.protocol, admission });
    if (admission.kind === 'refused') this.#end('permissionDenied', admission.reason);
    if (admission.kind !== 'proxy' || !this.#isCounted(admission.mesh, admission.proxy)) return;
    this.#proxy = admission.proxy;
    this.#followed = this.#parts.meshes.follow(admission.mesh, this);
    // Told of the mesh at once, it may have ended already.
    if (this.#closed) this.#parts.meshes.leave(this.#followed, this);
  }

  get #served(): readonly string[] {
    return this.#parts.secrets === undefined ? SERVED : SERVED_WITH_SECRETS;
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
      this.missing(`mesh ${view.mesh} has no ${this.#proxy} at ${view.label}`);
      return;
    }
    if (this.#orphaned !== undefined) this.report({ kind: 'found', snapshotVersion: view.label });
    const before = this.#orphaned === undefined ? this.#target : undefined;
    this.#orphaned = undefined;
    this.#target = new Target(view, proxy, this.types, this.#target);
    // Most changes of a mesh are none for most of its proxies.
    if (proxy !== before?.proxy || view.held !== before.view.held) this.wake();
  }

  #adoptsReported(target: Target): boolean {
    if (this.#head === 'checking') return false;
    for (const state of this.types.values()) {
      if (state.reported === undefined) continue;
      const known = adoptReported(state, target);
      if (!known && this.#head === 'unread') {
        this.#readHead();
        return false;
      }
      state.reported = undefined;
      if (state.has !== undefined) this.#pusher.adopted(state, target);
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
      this.#cancelWait?.();
      this.wake();
    };
    this.#cancelWait = this.#parts.setTimer(go, this.#parts.settings.headWaitMillis);
    if (this.#followed !== undefined) void this.#parts.meshes.refresh(this.#followed).then((read) => read && go());
  }

  #ignore(typeUrl: string): void {
    this.#ignored ??= new Set();
    if (this.#ignored.has(typeUrl) || this.#ignored.size >= MOST_IGNORED_TYPES) return;
    this.#ignored.add(typeUrl);
    this.report({ kind: 'ignored', typeUrl, reason: `the relay serves ${this.#served.join(', ')}` });
  }

  #end(status: EndStatus, detail: string): void {
    if (this.#closed) return;
    this.outlet.end(status, detail);
    this.closed(detail);
  }
}
