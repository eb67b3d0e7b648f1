import type { ProxyStatus, ServedContent, XdsType, XdsTypeStatus } from './fleet.ts';

/** A proxy that does not run a revision (yet). */
export interface Laggard extends Pick<ProxyStatus, 'id' | 'nodeId' | 'kind' | 'name' | 'relay'> {
  readonly state: 'pending' | 'rejected' | 'offline';
  /** The first type that it lacks, in the order they are sent; absent while it is offline. */
  readonly type?: XdsType;
  /** Envoy's own words, or why it is offline. */
  readonly reason?: string;
}

/** How far one revision of a mesh has come. */
export interface Delivery {
  readonly revision: number;
  /** Whether it is compiled and with the relays. */
  readonly published: boolean;
  /** Proxies that run it, or newer content; those that it changed nothing for are among them. */
  readonly acked: number;
  /** Proxies that have not answered for all of it yet. */
  readonly pending: number;
  readonly rejected: number;
  /** Proxies that left not long ago. */
  readonly offline: number;
  /** Those that do not run it: refusals first, then the pending, then the absent; the first 50. */
  readonly laggards: readonly Laggard[];
}

const MOST_LAGGARDS = 50;
/** Endpoints and secrets are live data outside revisions. */
const IN_REVISIONS: readonly XdsType[] = ['CDS', 'LDS', 'RDS'];
/** Asked for by every Envoy; route configurations only where a listener names one. */
const ALWAYS_ASKED: readonly XdsType[] = ['CDS', 'LDS'];
const ORDER: readonly Laggard['state'][] = ['rejected', 'pending', 'offline'];

/**
 * How far a revision has come to all of a mesh's proxies: by what each has acknowledged, of that revision or a newer one, or of an
 * older one with the very content. Orphans are in no count: there is nothing to deliver to them.
 */
export function deliveryOf(revision: bigint, proxies: readonly ProxyStatus[], served: ServedContent | undefined): Delivery {
  const published = served !== undefined && served.revision >= revision;
  const judged = proxies.filter(({ state }) => state !== 'ORPHANED').map((proxy) => judge(proxy, revision, published ? served : undefined));
  const laggards = judged.filter((one) => one !== undefined);
  const count = (state: Laggard['state']): number => laggards.filter((one) => one.state === state).length;
  laggards.sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || (a.nodeId < b.nodeId ? -1 : 1));
  return {
    revision: Number(revision),
    published,
    acked: judged.length - laggards.length,
    pending: count('pending'),
    rejected: count('rejected'),
    offline: count('offline'),
    laggards: laggards.slice(0, MOST_LAGGARDS),
  };
}

/** Undefined when it runs the revision. */
function judge(proxy: ProxyStatus, revision: bigint, served: ServedContent | undefined): Laggard | undefined {
  const { id, nodeId, kind, name, relay, reason } = proxy;
  const who = { id, nodeId, kind, name, relay };
  if (proxy.state === 'OFFLINE') return { ...who, state: 'offline', ...(reason !== undefined && { reason }) };
  const missing = IN_REVISIONS.flatMap((type) => {
    const status = proxy.types.find((one) => one.type === type) ?? { type, state: 'NOT_SENT' as const };
    return runs(status, revision, served?.version(proxy, type)) ? [] : [status];
  });
  const refused = missing.find((status) => status.state === 'REJECTED');
  if (refused !== undefined) return { ...who, state: 'rejected', type: refused.type, reason: refused.rejected?.message ?? '' };
  const [first] = missing;
  return first && { ...who, state: 'pending', type: first.type };
}

function runs({ type, state, acked }: XdsTypeStatus, revision: bigint, content: string | undefined): boolean {
  if (state === 'REJECTED') return false;
  if (acked === undefined) return state === 'NOT_SENT' && !ALWAYS_ASKED.includes(type);
  return revisionOf(acked.snapshotVersion) >= revision || (content !== undefined && acked.version === content);
}

/** The middle of `epoch.revision.build`. */
function revisionOf(snapshotVersion: string): bigint {
  const [, revision = '0'] = snapshotVersion.split('.');
  return BigInt(revision);
}
