import type { ProxyState, ProxyStatus, SyncState, UnknownNode, XdsType, XdsTypeStatus } from '@meshwright/api';
import type { Admission, ProxyStatusEvent } from '@meshwright/relay';

/** What is told of a stream after it was opened. */
export type LaterEvent = Exclude<Extract<ProxyStatusEvent, { readonly session: number }>, { readonly kind: 'connected' }>;
type Connected = Extract<ProxyStatusEvent, { readonly kind: 'connected' }>;
type Writable<T> = { -readonly [Member in keyof T]: T[Member] };

const TYPES: ReadonlyMap<string, XdsType> = new Map([
  ['Cluster', 'CDS'],
  ['ClusterLoadAssignment', 'EDS'],
  ['Listener', 'LDS'],
  ['RouteConfiguration', 'RDS'],
]);

/** One stream's status, brought forward by what the relay tells of it. */
export class Session {
  readonly nodeId: string;
  /** Where it came from, without the port: a proxy that comes back has another. */
  readonly host: string;
  /** `<owner>/<mesh>`; undefined for a node that is not known. */
  readonly mesh: string | undefined;
  readonly #id: string;
  readonly #connected: Connected;
  readonly #connectedAt: string;
  readonly #types = new Map<XdsType, Writable<XdsTypeStatus>>(Array.from(TYPES.values(), (type) => [type, { type, state: 'NOT_SENT' }]));
  #orphaned: string | undefined;
  #gone: { readonly at: string; readonly reason: string } | undefined;

  /** @param nowMillis epoch milliseconds. */
  constructor(event: Connected, nowMillis: number) {
    this.nodeId = event.node.id;
    this.host = event.peer.address.replace(/:\d+$/, '');
    this.mesh = event.admission.kind === 'proxy' ? event.admission.mesh : undefined;
    this.#id = String(event.session);
    this.#connected = event;
    this.#connectedAt = timeText(nowMillis);
  }

  take(event: LaterEvent, nowMillis: number): void {
    const at = timeText(nowMillis);
    switch (event.kind) {
      case 'orphaned':
        this.#orphaned = event.reason;
        return;
      case 'found':
        this.#orphaned = undefined;
        return;
      case 'gone':
        this.#gone = { at, reason: event.reason };
        return;
      case 'ignored':
        return;
      case 'tooLarge':
        if (event.withheld) this.#exchange({ ...event, kind: 'rejected', message: tooLargeText(event) }, at);
        return;
      default:
        this.#exchange(event, at);
    }
  }

  /** Undefined for a node that is not known. */
  get proxy(): ProxyStatus | undefined {
    const { admission } = this.#connected;
    if (admission.kind !== 'proxy') return undefined;
    const [meshOwner = '', meshName = ''] = halves(admission.mesh);
    const [kind = '', name = ''] = halves(admission.proxy);
    const reason = this.#gone?.reason ?? this.#orphaned;
    return {
      ...this.#common(),
      meshName,
      meshOwner,
      kind: kind === 'virtualGateway' ? kind : 'virtualNode',
      name,
      state: this.#state(),
      ...(reason !== undefined && { reason }),
      types: Array.from(this.#types.values(), (type) => ({ ...type })),
    };
  }

  /** Undefined for a stream that is served. */
  get unknown(): UnknownNode | undefined {
    const why = this.#silence(this.#connected.admission);
    return why && { ...this.#common(), ...why };
  }

  #silence(admission: Admission): Pick<UnknownNode, 'state' | 'reason'> | undefined {
    if (admission.kind !== 'proxy') {
      return { state: admission.kind === 'refused' ? 'REFUSED' : 'UNKNOWN', reason: admission.reason };
    }
    return this.#orphaned === undefined ? undefined : { state: 'ORPHANED', reason: this.#orphaned };
  }

  #exchange(event: Extract<LaterEvent, { readonly kind: 'sent' | 'acked' | 'rejected' }>, at: string): void {
    const name = TYPES.get(event.typeUrl.slice(event.typeUrl.lastIndexOf('.') + 1));
    const type = name === undefined ? undefined : this.#types.get(name);
    if (type === undefined) return;
    const { version, snapshotVersion } = event;
    if (event.kind === 'sent') {
      const { resourceCount, sizeBytes } = event;
      Object.assign(type, { state: 'STALE', sent: { version, snapshotVersion, at, resourceCount, sizeBytes } });
    } else if (event.kind === 'acked') {
      Object.assign(type, { state: 'SYNCED', acked: { version, snapshotVersion, at, millis: Math.round(event.millis) } });
    } else {
      Object.assign(type, { state: 'REJECTED', rejected: { version, snapshotVersion, at, message: event.message } });
    }
  }

  #state(): ProxyState {
    if (this.#gone !== undefined) return 'OFFLINE';
    if (this.#orphaned !== undefined) return 'ORPHANED';
    const states = new Set(Array.from(this.#types.values(), ({ state }) => state));
    return (['REJECTED', 'STALE', 'SYNCED'] as const).find((state: SyncState) => states.has(state)) ?? 'NOT_SENT';
  }

  #common() {
    const { peer, node, protocol } = this.#connected;
    return {
      id: this.#id,
      nodeId: this.nodeId,
      address: peer.address,
      ...(node.envoyVersion !== '' && { envoyVersion: node.envoyVersion }),
      protocol,
      connectedAt: this.#connectedAt,
      ...(this.#gone && { disconnectedAt: this.#gone.at }),
    };
  }
}

/** What stands before the first slash and what stands after it: an owner and a kind have none, a name may. */
function halves(text: string): readonly string[] {
  const slash = text.indexOf('/');
  return [text.slice(0, slash), text.slice(slash + 1)];
}

function tooLargeText({ sizeBytes, limitBytes }: Extract<LaterEvent, { readonly kind: 'tooLarge' }>): string {
  return `not sent: ${sizeBytes} bytes, and this client (google_grpc) takes ${limitBytes} per message; give the proxy fewer backends, or an Envoy whose bootstrap says envoy_grpc`;
}

function timeText(epochMillis: number): string {
  return new Date(epochMillis).toISOString();
}
