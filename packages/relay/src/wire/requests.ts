import type { NodeInfo } from '../ports.ts';
import { nodeInstance } from './nodeInstance.ts';
import { Malformed, WireReader } from './reader.ts';

// Read by hand: an acknowledgement repeats the node (40 KB of extensions) and every subscribed name, and nothing of either is
// needed then. Field numbers: envoy/service/discovery/v3/discovery.proto.

interface Request {
  readonly typeUrl: string;
  /** Nonce of the response this one answers; empty when it answers none. */
  readonly nonce: string;
  /** Envoy's message when it refuses that response. */
  readonly error: string | undefined;
  /** Encoded `envoy.config.core.v3.Node`; absent when the client relies on the one it sent first. */
  readonly node: Buffer | undefined;
}

/** One DiscoveryRequest, its names still encoded. */
export interface SotwRequest extends Request {
  readonly version: string;
  /** The encoded `resource_names` fields as they stood, to be compared before they are decoded. */
  readonly names: Buffer;
}

/** One DeltaDiscoveryRequest. */
export interface DeltaRequest extends Request {
  readonly subscribe: readonly string[];
  readonly unsubscribe: readonly string[];
  /** Name → version of what the client already has, in the first request of a type on a stream. */
  readonly versions: ReadonlyMap<string, string>;
}

const SOTW_NAMES = 3;

/** Decodes a DiscoveryRequest. @throws Malformed */
export function decodeSotwRequest(bytes: Uint8Array): SotwRequest {
  const reader = new WireReader(bytes);
  const request = { version: '', node: undefined as Buffer | undefined, typeUrl: '', nonce: '', error: undefined as string | undefined };
  const names: Buffer[] = [];
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) request.version = reader.string();
    else if (field === 2) request.node = reader.bytes();
    else if (field === SOTW_NAMES) addRegion(names, reader);
    else if (field === 4) request.typeUrl = reader.string();
    else if (field === 5) request.nonce = reader.string();
    else if (field === 6) request.error = errorMessage(reader.bytes());
    else reader.skip();
  }
  return { ...withType(request), names: names.length === 1 ? (names[0] as Buffer) : Buffer.concat(names) };
}

/** Decodes a DeltaDiscoveryRequest. @throws Malformed */
export function decodeDeltaRequest(bytes: Uint8Array): DeltaRequest {
  const reader = new WireReader(bytes);
  const request = { node: undefined as Buffer | undefined, typeUrl: '', nonce: '', error: undefined as string | undefined };
  const subscribe: string[] = [];
  const unsubscribe: string[] = [];
  const versions = new Map<string, string>();
  const take: Readonly<Record<number, () => void>> = {
    1: () => {
      request.node = reader.bytes();
    },
    2: () => {
      request.typeUrl = reader.string();
    },
    3: () => subscribe.push(reader.string()),
    4: () => unsubscribe.push(reader.string()),
    5: () => addVersion(versions, reader.bytes()),
    6: () => {
      request.nonce = reader.string();
    },
    7: () => {
      request.error = errorMessage(reader.bytes());
    },
  };
  for (let field = reader.next(); field !== 0; field = reader.next()) (take[field] ?? (() => reader.skip()))();
  return { ...withType(request), subscribe, unsubscribe, versions };
}

/** Decodes a region of `resource_names` fields. @throws Malformed */
export function decodeNames(region: Uint8Array): readonly string[] {
  const reader = new WireReader(region);
  const names: string[] = [];
  while (reader.next() !== 0) names.push(reader.string());
  return names;
}

/** Decodes what the relay uses of a node. @throws Malformed */
export function decodeNode(bytes: Uint8Array): NodeInfo {
  const reader = new WireReader(bytes);
  const node = { id: '', cluster: '', envoyVersion: '' };
  let instance: string | undefined;
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) node.id = reader.string();
    else if (field === 2) node.cluster = reader.string();
    else if (field === 3) instance = nodeInstance(reader.bytes());
    else if (field === 7) node.envoyVersion = reader.string();
    else if (field === 8) node.envoyVersion = buildVersion(reader.bytes());
    else reader.skip();
  }
  return { ...node, ...(instance !== undefined && { instance }) };
}

// Every encoder writes the id first; reading on would walk through hundreds of extensions with each acknowledgement.
/** Decodes a node's id alone. @throws Malformed */
export function decodeNodeId(bytes: Uint8Array): string {
  const reader = new WireReader(bytes);
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) return reader.string();
    reader.skip();
  }
  return '';
}

/** Adjoining names become one region: the usual case then costs no copy. */
function addRegion(regions: Buffer[], reader: WireReader): void {
  const start = reader.start;
  reader.bytes();
  const last = regions.at(-1);
  const own = reader.slice(start, reader.end);
  const adjoins = last !== undefined && last.byteOffset + last.byteLength === own.byteOffset;
  if (adjoins) regions[regions.length - 1] = reader.slice(start - last.byteLength, reader.end);
  else regions.push(own);
}

function addVersion(versions: Map<string, string>, entry: Uint8Array): void {
  const reader = new WireReader(entry);
  let name = '';
  let version = '';
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) name = reader.string();
    else if (field === 2) version = reader.string();
    else reader.skip();
  }
  versions.set(name, version);
}

function errorMessage(status: Uint8Array): string {
  const reader = new WireReader(status);
  let message = '';
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 2) message = reader.string();
    else reader.skip();
  }
  return message;
}

function buildVersion(bytes: Uint8Array): string {
  const reader = new WireReader(bytes);
  let parts = [0, 0, 0];
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) parts = semanticVersion(reader.bytes());
    else reader.skip();
  }
  return parts.join('.');
}

function semanticVersion(bytes: Uint8Array): number[] {
  const reader = new WireReader(bytes);
  const parts = [0, 0, 0];
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field <= parts.length) parts[field - 1] = reader.number();
    else reader.skip();
  }
  return parts;
}

function withType<R extends { readonly typeUrl: string }>(request: R): R {
  if (request.typeUrl === '') throw new Malformed('type_url is empty; an aggregated stream needs it in every request');
  return request;
}
