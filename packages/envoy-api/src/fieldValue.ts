import type { DescField, Message } from '@bufbuild/protobuf';

/** The value of a field; undefined where a message, wrapper or member of a oneof is not set. */
export function fieldValue(field: DescField, message: Message): unknown {
  const members = message as unknown as Record<string, unknown>;
  if (field.oneof === undefined) return members[field.localName];
  const chosen = members[field.oneof.localName] as { readonly case?: string; readonly value?: unknown };
  return chosen.case === field.localName ? chosen.value : undefined;
}
