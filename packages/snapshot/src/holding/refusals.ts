import type { MeshSnapshot } from '../snapshot.ts';
import type { SessionSummary, TypeStatus } from '../status/session.ts';
import { withoutLeft } from '../status/withoutLeft.ts';
import type { HeldResource } from '../store.ts';
import { heldKey } from './heldList.ts';

/** How many may refuse content before it is held for the others. Both undefined: nothing is held. */
export interface HoldLimits {
  /** Node identities that run the same Envoy version; undefined: no number is too many. */
  readonly identities: number | undefined;
  /** Share of the node identities that are there and get the content, above 0, up to 1; of content that several get. */
  readonly share: number | undefined;
}

/** Three identities, or one of ten. */
export const HOLD_LIMITS: HoldLimits = { identities: 3, share: 0.1 };

/** Content that too many refused, with what they say. */
export interface Refused extends HeldResource {
  /** Node identities that refused it, `virtualNode/NAME`. */
  readonly nodes: readonly string[];
  readonly envoyVersion: string;
  /** Node identities that are there and get it. */
  readonly nodeCount: number;
  /** Of one of them. */
  readonly message: string;
}

/** What a resource's reports come to: who is there of those that get it, and who refused it. */
interface Tally {
  readonly content: HeldResource;
  /** Envoy version → node identity → Envoy's words. */
  readonly refusals: Map<string, Map<string, string>>;
}

/**
 * What sickness of the machine looks like, and not of the content: a port that somebody else has, a file that is not there. The
 * same content may be good everywhere else.
 */
const OF_THE_MACHINE = /cannot bind|Address already in use|Invalid path:|unable to open file/;

/**
 * The content of a snapshot that too many proxies refused. Replicas of a node count once, and not at all where another replica
 * with the same Envoy has taken the content: then the machine is at fault. Proxies that have left count for as long as they are told of.
 * @param snapshot what is served.
 * @param sessions of all relays.
 */
export function refusedTooOften(snapshot: MeshSnapshot, sessions: readonly SessionSummary[], limits: HoldLimits): readonly Refused[] {
  const current = withoutLeft(sessions).filter(({ proxy }) => proxy !== undefined && snapshot.proxies.has(proxy));
  const accounts = new Map(current.map((session) => [nodeOf(session), accountOf(session, snapshot)]));
  return tallies(snapshot, current).flatMap((tally) => {
    const getting = gettersOf(snapshot, tally.content);
    const present = new Set(
      current.flatMap((session) => (session.ended === undefined && getting.has(nodeOf(session)) ? [nodeOf(session)] : [])),
    );
    return judged(tally, present, (node) => mayCount(node, getting, accounts, ownerOf(snapshot)), limits);
  });
}

function tallies(snapshot: MeshSnapshot, sessions: readonly SessionSummary[]): readonly Tally[] {
  const all = new Map<string, Tally>();
  const taken = takers(snapshot, sessions);
  for (const session of sessions) {
    for (const [content, message] of refusedBy(snapshot, session)) {
      const key = heldKey(content);
      if (taken.has(takerKey(session, key))) continue;
      const tally = all.get(key) ?? { content, refusals: new Map() };
      all.set(key, tally);
      const { envoyVersion = '' } = session;
      const nodes = tally.refusals.get(envoyVersion) ?? new Map<string, string>();
      tally.refusals.set(envoyVersion, nodes.set(nodeOf(session), message));
    }
  }
  return [...all.values()];
}

/** Content of the snapshot that a session stands by its refusal of. */
function refusedBy(snapshot: MeshSnapshot, session: SessionSummary): readonly (readonly [HeldResource, string])[] {
  const served = snapshot.proxies.get(nodeOf(session))?.types;
  return session.types.flatMap(({ typeUrl, state, rejected }) => {
    if (state !== 'REJECTED' || rejected === undefined || OF_THE_MACHINE.test(rejected.message)) return [];
    const references = served?.get(typeUrl)?.references;
    const current = (rejected.contents ?? []).filter(({ name, hash }) => references?.get(name) === hash);
    return current.map(({ name, hash }) => [{ typeUrl, name, hash }, rejected.message] as const);
  });
}

/** Node and Envoy version with each content of which a proxy has taken all of its type. */
function takers(snapshot: MeshSnapshot, sessions: readonly SessionSummary[]): ReadonlySet<string> {
  const suspected = new Set(sessions.flatMap((session) => refusedBy(snapshot, session).map(([content]) => heldKey(content))));
  if (suspected.size === 0) return suspected;
  return new Set(
    sessions.flatMap((session) =>
      session.types.flatMap((type) => {
        const served = snapshot.proxies.get(nodeOf(session))?.types.get(type.typeUrl);
        if (served === undefined || !hasTaken(type, served.version)) return [];
        const keys = Array.from(served.references, ([name, hash]) => heldKey({ typeUrl: type.typeUrl, name, hash }));
        return keys.filter((key) => suspected.has(key)).map((key) => takerKey(session, key));
      }),
    ),
  );
}

function hasTaken({ state, acked }: TypeStatus, version: string): boolean {
  return state === 'SYNCED' && acked?.version === version;
}

function judged(
  { content, refusals }: Tally,
  present: ReadonlySet<string>,
  counts: (node: string) => boolean,
  { identities, share }: HoldLimits,
): readonly Refused[] {
  for (const [envoyVersion, all] of [...refusals].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const nodes = [...all.keys()].filter(counts).sort();
    const isMany = identities !== undefined && nodes.length >= identities;
    const { size: nodeCount } = new Set([...present, ...all.keys()]);
    const isShare = share !== undefined && nodeCount > 1 && nodes.length > 0 && nodes.length >= share * nodeCount;
    const [first = ''] = nodes;
    if (isMany || isShare) return [{ ...content, nodes, envoyVersion, nodeCount, message: all.get(first) ?? '' }];
  }
  return [];
}

/** A node of a foreign account holds only what that account's nodes alone get: it must not keep the owner's from their own content. */
function mayCount(node: string, getting: ReadonlySet<string>, accounts: ReadonlyMap<string, string>, owner: string): boolean {
  const account = accounts.get(node) ?? owner;
  return account === owner || [...getting].every((other) => (accounts.get(other) ?? owner) === account);
}

function gettersOf({ proxies }: MeshSnapshot, { typeUrl, name, hash }: HeldResource): ReadonlySet<string> {
  return new Set([...proxies].filter(([, { types }]) => types.get(typeUrl)?.references.get(name) === hash).map(([proxy]) => proxy));
}

function nodeOf({ proxy = '' }: SessionSummary): string {
  return proxy;
}

function takerKey(session: SessionSummary, content: string): string {
  return `${nodeOf(session)}\n${session.envoyVersion ?? ''}\n${content}`;
}

/** The account an ARN names, else the mesh's owner. */
function accountOf({ nodeId }: SessionSummary, snapshot: MeshSnapshot): string {
  return /^arn:[^:]*:[^:]*:[^:]*:(?<account>\d{12}):/.exec(nodeId)?.groups?.account ?? ownerOf(snapshot);
}

function ownerOf({ mesh }: MeshSnapshot): string {
  return mesh.slice(0, mesh.indexOf('/'));
}
