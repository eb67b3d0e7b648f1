import { type DescMessage, type Message, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { type Any, AnySchema, anyPack } from '@bufbuild/protobuf/wkt';
import { create } from '@bufbuild/protobuf';

/** Packs a message for a `typed_config` or another field that takes any message. */
export function any<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): Any {
  return anyPack(schema, sortedMaps(schema, message));
}

/** Encodes a resource as `google.protobuf.Any`, the form both discovery responses carry; equal messages give equal bytes. */
export function encode<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): Uint8Array {
  return toBinary(AnySchema, any(schema, message));
}
