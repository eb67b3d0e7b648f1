import { WireReader } from './reader.ts';

// Metadata of App Mesh's images: `aws.appmesh.platformInfo` has what ECS or Kubernetes calls the replica,
// `aws.appmesh.task.interfaces` its addresses. Read by hand as everything of a node; field numbers: google/protobuf/struct.proto.

/** Characters of what is taken from metadata; a task's ARN has some 150. */
const MOST_TEXT = 512;
/** Members of one object that are looked at, and nothing of this matters beyond. */
const MOST_MEMBERS = 64;

const PLATFORM = 'aws.appmesh.platformInfo';
const INTERFACES = 'aws.appmesh.task.interfaces';

/** What tells a proxy from its replicas: ECS task ARN, else pod UID, else interface address; undefined when its metadata has none. @throws Malformed */
export function nodeInstance(metadata: Uint8Array): string | undefined {
  const all = members(metadata);
  const platform = object(all.get(PLATFORM));
  const interfaces = object(all.get(INTERFACES));
  return (
    text(object(platform.get('ecsPlatformInfo')).get('ecsTaskArn')) ??
    text(object(platform.get('k8sPlatformInfo')).get('podUid')) ??
    firstAddress(interfaces.get('ipv4')) ??
    firstAddress(interfaces.get('ipv6'))
  );
}

type Members = ReadonlyMap<string, Uint8Array>;

/** Name → encoded Value, of an encoded Struct. */
function members(struct: Uint8Array): Members {
  const found = new Map<string, Uint8Array>();
  const reader = new WireReader(struct);
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field !== 1 || found.size >= MOST_MEMBERS) reader.skip();
    else found.set(...entry(reader.bytes()));
  }
  return found;
}

function entry(bytes: Uint8Array): readonly [string, Uint8Array] {
  const reader = new WireReader(bytes);
  let name = '';
  let value = new Uint8Array();
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) name = reader.string();
    else if (field === 2) value = Uint8Array.from(reader.bytes());
    else reader.skip();
  }
  return [name, value];
}

/** The field of an encoded Value that has its kind. */
function kindOf(value: Uint8Array | undefined, kind: number): Uint8Array | undefined {
  if (value === undefined) return undefined;
  const reader = new WireReader(value);
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === kind) return reader.bytes();
    reader.skip();
  }
  return undefined;
}

const TEXT = 3;
const OBJECT = 5;
const LIST = 6;

function object(value: Uint8Array | undefined): Members {
  const struct = kindOf(value, OBJECT);
  return struct === undefined ? new Map() : members(struct);
}

function text(value: Uint8Array | undefined): string | undefined {
  const bytes = kindOf(value, TEXT);
  if (bytes === undefined || bytes.length === 0 || bytes.length > MOST_TEXT) return undefined;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
}

/** `{eth0: ['10.0.0.1/24']}` → `10.0.0.1`; a task has one interface of its own, the loopback beside it is not told. */
function firstAddress(value: Uint8Array | undefined): string | undefined {
  for (const [, list] of object(value)) {
    const reader = new WireReader(kindOf(list, LIST) ?? new Uint8Array());
    const address = reader.next() === 1 ? text(reader.bytes()) : undefined;
    if (address !== undefined) return address.replace(/\/\d+$/, '');
  }
  return undefined;
}
