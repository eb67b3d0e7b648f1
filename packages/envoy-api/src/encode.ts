import { create, type DescMessage, type Message, type MessageInitShape, type MessageShape, toBinary } from '@bufbuild/protobuf';
import { type Any, AnySchema, anyPack } from '@bufbuild/protobuf/wkt';
import { sortMaps } from './sortMaps.ts';

/** Packs a message for a `typed_config` or another field that takes any message; equal messages give equal bytes. */
export function any<Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>): Any {
  const message: MessageShape<Desc> = create(schema, init);
  sortMaps(schema, message as Message);
  return anyPack(schema, message);
}

/** Encodes a resource as `google.protobuf.Any`, the form both discovery responses carry; equal messages give equal bytes. */
export function encode<Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>): Uint8Array {
  return toBinary(AnySchema, any(schema, init));
}

/** What a message can be made from: a plain object with any of its fields. */
export type Init<Desc extends DescMessage> = MessageInitShape<Desc>;
