import type { SessionSummary, TypeStatus } from '@meshwright/snapshot';
import { Malformed, WireReader } from '../wire/reader.ts';
import { bytesField, numberField, stringField } from '../wire/writer.ts';

// Read and written by hand as discovery is: the generated messages would load every configuration dump Envoy has. Field numbers:
// envoy/service/status/v3/csds.proto, envoy/type/matcher/v3/{node,string}.proto, envoy/config/core/v3/base.proto.

/** What a client asks for: nodes of which any matcher holds; all, without a matcher. */
export interface ClientStatusRequest {
  readonly matchers: readonly NodeIdMatcher[];
  /** Encoded node of the client itself; absent when it tells none. */
  readonly node: Buffer | undefined;
}

/** Whether a node id is meant. */
export type NodeIdMatcher = (nodeId: string) => boolean;

/** A matcher that is not served, with the way out. */
export class UnknownMatcher extends Error {
  override readonly name = 'UnknownMatcher';
}

/** Matchers of one request; each is held against every session. */
const MOST_MATCHERS = 100;

/** @throws Malformed for bytes that are no request; UnknownMatcher for matchers by metadata or expression, and for too many. */
export function decodeClientStatusRequest(bytes: Uint8Array): ClientStatusRequest {
  const reader = new WireReader(bytes);
  const matchers: NodeIdMatcher[] = [];
  let node: Buffer | undefined;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) matchers.push(nodeMatcher(reader.bytes(), matchers.length));
    else if (field === 2) node = reader.bytes();
    else reader.skip();
    if (matchers.length > MOST_MATCHERS) throw new UnknownMatcher(`node_matchers has more than ${MOST_MATCHERS} members: send fewer`);
  }
  return { matchers, node };
}

function nodeMatcher(bytes: Uint8Array, index: number): NodeIdMatcher {
  const reader = new WireReader(bytes);
  let matches: NodeIdMatcher = () => true;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) matches = stringMatcher(reader.bytes(), index);
    else if (field === 2) throw new UnknownMatcher(`node_matchers[${index}].node_metadatas is not matched: name the node by node_id`);
    else reader.skip();
  }
  return matches;
}

type Compare = (text: string, wanted: string) => boolean;
const IGNORE_CASE = 6;
/** Field of a StringMatcher → how it compares. */
const COMPARE: ReadonlyMap<number, Compare> = new Map([
  [1, (text, wanted) => text === wanted],
  [2, (text, wanted) => text.startsWith(wanted)],
  [3, (text, wanted) => text.endsWith(wanted)],
  [7, (text, wanted) => text.includes(wanted)],
]);

function stringMatcher(bytes: Uint8Array, index: number): NodeIdMatcher {
  const reader = new WireReader(bytes);
  let compare: Compare | undefined;
  let wanted = '';
  let ignoresCase = false;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    const known = COMPARE.get(field);
    if (field === IGNORE_CASE) ignoresCase = reader.number() === 1;
    else if (known === undefined) throw new UnknownMatcher(`node_matchers[${index}].node_id takes exact, prefix, suffix or contains`);
    else [compare, wanted] = [known, reader.string()];
  }
  if (compare === undefined) throw new Malformed(`node_matchers[${index}].node_id has no pattern`);
  const [compared, pattern] = [compare, wanted];
  return ignoresCase ? (id) => compared(id.toLowerCase(), pattern.toLowerCase()) : (id) => compared(id, pattern);
}

const STATUS = { SYNCED: 1, NOT_SENT: 2, STALE: 3, REJECTED: 4 } as const;
const CLIENT_ACKED = 2;
const CLIENT_NACKED = 3;
const CLIENT_REQUESTED = 1;
const CLIENT_STATUS = { SYNCED: CLIENT_ACKED, NOT_SENT: CLIENT_REQUESTED, STALE: CLIENT_REQUESTED, REJECTED: CLIENT_NACKED } as const;

/** Encodes a ClientStatusResponse: one ClientConfig per session, in it one GenericXdsConfig per type. */
export function encodeClientStatusResponse(sessions: readonly SessionSummary[]): Buffer {
  return Buffer.concat(sessions.flatMap((session) => bytesField(1, clientConfig(session))));
}

function clientConfig(session: SessionSummary): Buffer {
  const { nodeId, envoyVersion = '', types } = session;
  const node = Buffer.concat([stringField(1, nodeId), stringField(6, 'envoy'), stringField(7, envoyVersion)]);
  return Buffer.concat([...bytesField(1, node), ...types.flatMap((type) => bytesField(3, typeConfig(type))), stringField(4, session.id)]);
}

/** `version_info` is what the proxy runs: the last it has acknowledged. */
function typeConfig({ typeUrl, state, sent, acked, rejected }: TypeStatus): Buffer {
  const at = [sent, acked, rejected].flatMap((exchange) => exchange?.at ?? []).sort();
  return Buffer.concat([
    stringField(1, typeUrl),
    stringField(3, acked?.version ?? ''),
    ...(at.length === 0 ? [] : bytesField(5, timestamp(at.at(-1) ?? ''))),
    numberField(6, STATUS[state]),
    numberField(7, CLIENT_STATUS[state]),
    ...(state === 'REJECTED' && rejected !== undefined ? bytesField(8, failure(rejected)) : []),
  ]);
}

function failure({ at, message, version }: NonNullable<TypeStatus['rejected']>): Buffer {
  return Buffer.concat([...bytesField(2, timestamp(at)), stringField(3, message), stringField(4, version)]);
}

function timestamp(at: string): Buffer {
  const millis = Date.parse(at);
  return Buffer.concat([numberField(1, Math.floor(millis / 1_000)), numberField(2, (millis % 1_000) * 1_000_000)]);
}
