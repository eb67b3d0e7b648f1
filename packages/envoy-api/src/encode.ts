import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import { type Any, AnySchema } from '@bufbuild/protobuf/wkt';
import { messageBytes, packedBytes } from './messageBytes.ts';
import { type Described, remember } from './packed.ts';

/** Packs a message for a `typed_config` or another field that takes any message; equal messages give equal bytes. */
export function any<Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>): Any {
  const packed = create(AnySchema, { typeUrl: typeUrlOf(schema), value: messageBytes(schema, init) });
  remember(packed, { schema, init });
  return packed;
}

/** Encodes a resource as `google.protobuf.Any`, the form both discovery responses carry; equal messages give equal bytes. */
export function encode<Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>): Uint8Array {
  return encodeDescribed({ schema, init });
}

/** Encodes what a resource is made from, likewise. */
export function encodeDescribed({ schema, init }: Described): Uint8Array {
  return packedBytes(typeUrlOf(schema), schema, init);
}

function typeUrlOf({ typeName }: DescMessage): string {
  return `type.googleapis.com/${typeName}`;
}

/** What a message can be made from: a plain object with any of its fields. */
export type Init<Desc extends DescMessage> = MessageInitShape<Desc>;
