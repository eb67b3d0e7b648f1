import { ChangeLog } from './changeLog.ts';
import { SECRET_TYPE } from './liveTypes.ts';
import type { NameSet } from './nameSet.ts';
import type { SecretSource } from './ports.ts';
import { type Resource, ResourceSet } from './resourceSet.ts';
import { Malformed, WireReader } from './wire/reader.ts';

interface Reading {
  /** Number of the last change that the set has taken in. */
  readAt: number;
  readonly set: ResourceSet;
}

/** The trust bundles that streams ask for by name, as one shared set per mesh, list of names and state of the bundles. */
export class SecretSets {
  readonly #source: SecretSource;
  readonly #onWithheld: (mesh: string, name: string) => void;
  readonly #changes = new ChangeLog();
  readonly #sets = new WeakMap<NameSet, Map<string, Reading>>();

  /** @param onWithheld told of a secret that is not public, each time it is read. */
  constructor(source: SecretSource, onWithheld: (mesh: string, name: string) => void) {
    this.#source = source;
    this.#onWithheld = onWithheld;
  }

  /** The secret with this key is new, another, or gone. */
  changed(key: string): void {
    this.#changes.add(key);
  }

  /** Those of the names that exist and are public. */
  of(mesh: string, asked: NameSet): ResourceSet {
    const known = this.#sets.get(asked);
    const readings = known ?? new Map<string, Reading>();
    if (known === undefined) this.#sets.set(asked, readings);
    const reading = readings.get(mesh);
    const readAt = this.#changes.count;
    if (reading !== undefined && !this.#changes.anySince(reading.readAt, secretKeys(mesh, asked.names))) {
      reading.readAt = readAt;
      return reading.set;
    }
    const set = ResourceSet.of(SECRET_TYPE, this.#read(mesh, asked.names));
    readings.set(mesh, { readAt, set });
    return set;
  }

  *#read(mesh: string, names: Iterable<string>): Generator<Resource> {
    for (const name of names) {
      const current = this.#source.current(mesh, name);
      if (current === undefined) continue;
      if (isPublic(current.bytes)) yield { name, version: current.version, bytes: current.bytes };
      else this.#onWithheld(mesh, name);
    }
  }
}

/** One text for a mesh's secret; no mesh name has a line break. */
export function secretKey(mesh: string, name: string): string {
  return `${mesh}\n${name}`;
}

function* secretKeys(mesh: string, names: Iterable<string>): Generator<string> {
  for (const name of names) yield secretKey(mesh, name);
}

// Field numbers: google/protobuf/any.proto, envoy/extensions/transport_sockets/tls/v3/secret.proto.
const ANY_VALUE = 2;
const SECRET_NAME = 1;
const VALIDATION_CONTEXT = 4;

/** Whether an encoded Any holds a Secret of a validation context and nothing else, or else of something that may be a key. */
function isPublic(any: Uint8Array): boolean {
  try {
    const reader = new WireReader(any);
    for (let field = reader.next(); field !== 0; field = reader.next()) {
      if (field !== ANY_VALUE) reader.skip();
      else if (!hasOnlyTrust(reader.bytes())) return false;
    }
    return true;
  } catch (error) {
    if (error instanceof Malformed) return false;
    throw error;
  }
}

function hasOnlyTrust(secret: Uint8Array): boolean {
  const reader = new WireReader(secret);
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field !== SECRET_NAME && field !== VALIDATION_CONTEXT) return false;
    reader.skip();
  }
  return true;
}
