import { type DescField, type DescMessage, type JsonObject, type JsonValue, ScalarType } from '@bufbuild/protobuf';
import { isWrapperDesc } from '@bufbuild/protobuf/wkt';
import { ByteWriter } from './byteWriter.ts';

// Writes messages from what they are made from: a plain object, without the message in between. A mesh has tens of thousands of
// resources, and making each a message, putting its maps in order and writing it took ten times as long. The bytes are those that
// @bufbuild/protobuf writes (a test compares them), but for maps, whose keys stand in order here.

/** A message or what one is made from. */
type Fields = Readonly<Record<string, unknown>>;
type Write = (writer: ByteWriter, value: unknown) => void;
type WriteField = (writer: ByteWriter, message: Fields) => void;

const VARINT = 0;
const FIXED64 = 1;
const LENGTH = 2;
const FIXED32 = 5;

const shared = new ByteWriter();

/**
 * The bytes of a message; equal messages give equal bytes.
 * @throws RangeError when a number is none of its field's.
 * @throws TypeError when it has a field of a kind that Envoy's definitions do not use.
 */
export function messageBytes(schema: DescMessage, init: object): Uint8Array {
  // What failed before may have left something.
  shared.clear();
  writeMessage(schema, shared, init as Fields);
  return shared.take();
}

/**
 * The bytes of a message in a `google.protobuf.Any`, likewise; of one that has at least a name, for nothing would be written otherwise.
 * @throws RangeError and TypeError as `messageBytes` does.
 */
export function packedBytes(typeUrl: string, schema: DescMessage, init: object): Uint8Array {
  shared.clear();
  shared.varint(tagOf(ANY.typeUrl, LENGTH));
  shared.text(typeUrl);
  shared.varint(tagOf(ANY.value, LENGTH));
  const start = shared.open();
  writeMessage(schema, shared, init as Fields);
  shared.close(start);
  return shared.take();
}

/** Fields of `google.protobuf.Any`. */
const ANY = { typeUrl: 1, value: 2 } as const;

const plans = new WeakMap<DescMessage, readonly WriteField[]>();

function writeMessage(schema: DescMessage, writer: ByteWriter, message: Fields): void {
  for (const write of planOf(schema)) write(writer, message);
}

function planOf(schema: DescMessage): readonly WriteField[] {
  const known = plans.get(schema);
  if (known !== undefined) return known;
  const plan = [...schema.fields].sort((a, b) => a.number - b.number).map(fieldWriter);
  plans.set(schema, plan);
  return plan;
}

function fieldWriter(field: DescField): WriteField {
  switch (field.fieldKind) {
    case 'list':
      return listWriter(field);
    case 'map':
      return mapWriter(field);
    default:
      return singularWriter(field);
  }
}

function singularWriter(field: Exclude<DescField, { fieldKind: 'list' | 'map' }>): WriteField {
  const write = tagged(field, valueWriter(field));
  const { localName, oneof } = field;
  if (oneof !== undefined) {
    const name = oneof.localName;
    return (writer, message) => {
      const chosen = message[name] as { readonly case?: string; readonly value?: unknown } | undefined;
      if (chosen?.case === localName) write(writer, chosen.value);
    };
  }
  const isUnset = hasImplicitPresence(field) ? isZero : isAbsent;
  return (writer, message) => {
    const value = message[localName];
    if (!isUnset(value)) write(writer, value);
  };
}

/** In proto3 a scalar without `optional` is left out when it is zero. */
function hasImplicitPresence({ fieldKind, presence }: DescField): boolean {
  return fieldKind !== 'message' && presence === IMPLICIT;
}

const IMPLICIT = 2; // google.protobuf.FeatureSet.FieldPresence.IMPLICIT

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null;
}

function isZero(value: unknown): boolean {
  if (value instanceof Uint8Array) return value.length === 0;
  return isAbsent(value) || value === '' || value === false || value === 0n || (value === 0 && !Object.is(value, -0));
}

function listWriter(field: Extract<DescField, { fieldKind: 'list' }>): WriteField {
  const { localName } = field;
  const value = valueWriter(field);
  if (!field.packed) {
    const write = tagged(field, value);
    return (writer, message) => {
      for (const item of (message[localName] as readonly unknown[] | undefined) ?? []) write(writer, item);
    };
  }
  return (writer, message) => {
    const items = (message[localName] as readonly unknown[] | undefined) ?? [];
    if (items.length === 0) return;
    writer.varint(tagOf(field.number, LENGTH));
    const start = writer.open();
    for (const item of items) value.write(writer, item);
    writer.close(start);
  };
}

function mapWriter(field: Extract<DescField, { fieldKind: 'map' }>): WriteField {
  const { localName, number, mapKey } = field;
  const value = valueWriter(field);
  return (writer, message) => {
    const map = (message[localName] as Fields | undefined) ?? {};
    for (const key of inOrder(map)) {
      if (mapKey !== ScalarType.STRING) throw unknownKind(field);
      writer.varint(tagOf(number, LENGTH));
      const start = writer.open();
      writer.varint(tagOf(1, LENGTH));
      writer.text(key);
      writer.varint(tagOf(2, value.wireType));
      value.write(writer, map[key]);
      writer.close(start);
    }
  };
}

/** Code units, not the locale: every machine has to agree, or equal messages would be pushed for nothing. */
function inOrder(map: Fields): readonly string[] {
  return Object.keys(map).sort();
}

interface ValueWriter {
  readonly wireType: number;
  /** Writes the value without its tag. */
  readonly write: Write;
}

function tagged({ number }: DescField, { wireType, write }: ValueWriter): Write {
  const tag = tagOf(number, wireType);
  return (writer, value) => {
    writer.varint(tag);
    write(writer, value);
  };
}

function tagOf(number: number, wireType: number): number {
  return number * 8 + wireType;
}

/** One value of a field, an item of its list, or a value of its map. */
function valueWriter(field: DescField): ValueWriter {
  if (field.message !== undefined) return { wireType: LENGTH, write: messageWriter(field, field.message) };
  const writer = scalars.get(field.enum === undefined ? (field.scalar as ScalarType) : ScalarType.INT32);
  // Thrown when it is used: the field may be of a message that is needed for others of its fields.
  const unknown = (): never => {
    throw unknownKind(field);
  };
  return writer ?? { wireType: VARINT, write: unknown };
}

function unknownKind(field: DescField): TypeError {
  return new TypeError(`${field}: values of this kind are not written`);
}

function messageWriter(field: DescField, schema: DescMessage): Write {
  if (schema.typeName === STRUCT) return nested((writer, value) => writeStruct(writer, value as JsonObject));
  // A wrapper is its plain value, unless it is a member of a oneof.
  if (field.fieldKind === 'message' && field.oneof === undefined && isWrapperDesc(schema)) {
    return nested((writer, value) => writeMessage(schema, writer, { value }));
  }
  return nested((writer, value) => writeMessage(schema, writer, value as Fields));
}

function nested(write: Write): Write {
  return (writer, value) => {
    const start = writer.open();
    write(writer, value);
    writer.close(start);
  };
}

const STRUCT = 'google.protobuf.Struct';

/** Fields of `google.protobuf.Value`. */
const VALUE = { null: 1, number: 2, string: 3, bool: 4, struct: 5, list: 6 } as const;

function writeStruct(writer: ByteWriter, struct: JsonObject): void {
  for (const key of inOrder(struct)) {
    writer.varint(tagOf(1, LENGTH));
    const start = writer.open();
    writer.varint(tagOf(1, LENGTH));
    writer.text(key);
    writer.varint(tagOf(2, LENGTH));
    writeJson(writer, struct[key] ?? null);
    writer.close(start);
  }
}

/** A `google.protobuf.Value`, behind its length. */
function writeJson(writer: ByteWriter, value: JsonValue): void {
  const start = writer.open();
  if (value === null) {
    writer.varint(tagOf(VALUE.null, VARINT));
    writer.varint(0);
  } else if (typeof value === 'number') {
    writer.varint(tagOf(VALUE.number, FIXED64));
    writer.double(value);
  } else if (typeof value === 'string') {
    writer.varint(tagOf(VALUE.string, LENGTH));
    writer.text(value);
  } else if (typeof value === 'boolean') {
    writer.varint(tagOf(VALUE.bool, VARINT));
    writer.varint(Number(value));
  } else {
    writer.varint(tagOf(Array.isArray(value) ? VALUE.list : VALUE.struct, LENGTH));
    const inner = writer.open();
    if (Array.isArray(value)) writeItems(writer, value);
    else writeStruct(writer, value);
    writer.close(inner);
  }
  writer.close(start);
}

function writeItems(writer: ByteWriter, items: readonly JsonValue[]): void {
  for (const item of items) {
    writer.varint(tagOf(1, LENGTH));
    writeJson(writer, item);
  }
}

const UINT32_MAX = 4_294_967_295;
const INT32_MAX = 2_147_483_647;

/** The kinds of values that Envoy's definitions have. */
const scalars: ReadonlyMap<ScalarType, ValueWriter> = new Map([
  [ScalarType.STRING, scalar<string>(LENGTH, (writer, value) => writer.text(value))],
  [ScalarType.BYTES, scalar<Uint8Array>(LENGTH, (writer, value) => writer.bytes(value))],
  [ScalarType.BOOL, scalar<boolean>(VARINT, (writer, value) => writer.varint(Number(value)))],
  [ScalarType.UINT32, scalar<number>(VARINT, (writer, value) => writer.varint(between(value, 0, UINT32_MAX)))],
  [ScalarType.INT32, scalar<number>(VARINT, (writer, value) => writeInt32(writer, between(value, -INT32_MAX - 1, INT32_MAX)))],
  [ScalarType.UINT64, scalar<bigint>(VARINT, (writer, value) => writer.bigVarint(between64(value, 0n, 2n ** 64n - 1n)))],
  [ScalarType.INT64, scalar<bigint>(VARINT, (writer, value) => writer.bigVarint(between64(value, -(2n ** 63n), 2n ** 63n - 1n)))],
  [ScalarType.DOUBLE, scalar<number>(FIXED64, (writer, value) => writer.double(value))],
  [ScalarType.FLOAT, scalar<number>(FIXED32, (writer, value) => writer.float(value))],
]);

function scalar<Value>(wireType: number, write: (writer: ByteWriter, value: Value) => void): ValueWriter {
  return { wireType, write: write as Write };
}

function writeInt32(writer: ByteWriter, value: number): void {
  if (value < 0) writer.bigVarint(BigInt(value));
  else writer.varint(value);
}

function between(value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new RangeError(`${value} is not a whole number from ${least} to ${most}`);
}

function between64(value: bigint, least: bigint, most: bigint): bigint {
  if (value >= least && value <= most) return value;
  throw new RangeError(`${value} is not a number from ${least} to ${most}`);
}
