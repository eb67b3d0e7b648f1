import { type DescField, type DescMessage, getOption, hasOption, type Message } from '@bufbuild/protobuf';
import { type Any, AnySchema } from '@bufbuild/protobuf/wkt';
import { type FieldRules, required, rules } from '../gen/validate/validate_pb.js';
import { brokenRule } from './constraints.ts';
import { fieldValue } from './fieldValue.ts';
import { decodeAny } from './json.ts';

/** A rule of Envoy's that a message breaks: Envoy would refuse the whole response. */
export interface Violation {
  /** Field names and positions from the message to the value, such as `virtual_hosts[0].domains`. */
  readonly path: string;
  /** What the value must be. */
  readonly rule: string;
}

/**
 * Checks a message, and all messages inside it, against the field rules that Envoy's definitions carry (`validate.rules`):
 * required fields and oneofs, numbers of items, lengths, ranges, durations, defined enum values. Regular expressions and
 * formats of strings are left to Envoy.
 * @throws TypeError when an Any inside carries a message that `json.ts` does not register.
 */
export function violations(schema: DescMessage, message: Message, path = ''): readonly Violation[] {
  if (schema.typeName === AnySchema.typeName) {
    const inner = decodeAny(message as Any);
    return violations(inner.schema, inner.message, path);
  }
  const oneofs = schema.oneofs.flatMap((oneof) => {
    const { case: chosen } = (message as unknown as Record<string, { readonly case?: string }>)[oneof.localName] ?? {};
    if (chosen !== undefined || !hasOption(oneof, required) || !getOption(oneof, required)) return [];
    return [{ path: join(path, oneof.name), rule: 'one of its members must be set' }];
  });
  return [...oneofs, ...schema.fields.flatMap((field) => fieldViolations(field, message, path))];
}

function fieldViolations(field: DescField, message: Message, parent: string): readonly Violation[] {
  const value = fieldValue(field, message);
  // A member of a oneof that was not chosen is not missing.
  if (value === undefined && field.oneof !== undefined) return [];
  const path = join(parent, field.name);
  const own = rulesOf(field);
  const broken = own && brokenRule(own, value, field);
  return [...(broken === undefined ? [] : [{ path, rule: broken }]), ...innerViolations(field, value, own, path)];
}

/** Options are stored encoded: reading them anew for every value would be most of the work. */
const known = new Map<DescField, FieldRules | undefined>();

function rulesOf(field: DescField): FieldRules | undefined {
  if (!known.has(field)) known.set(field, hasOption(field, rules) ? getOption(field, rules) : undefined);
  return known.get(field);
}

function innerViolations(field: DescField, value: unknown, own: FieldRules | undefined, path: string): readonly Violation[] {
  if (value === undefined) return [];
  if (field.fieldKind === 'message' && isMessage(value)) return violations(field.message, value, path);
  if (field.fieldKind === 'map' && field.mapKind === 'message') {
    return Object.entries(value as Record<string, Message>).flatMap(([key, item]) => violations(field.message, item, `${path}[${key}]`));
  }
  if (field.fieldKind !== 'list') return [];
  const items = own?.type.case === 'repeated' ? own.type.value.items : undefined;
  return (value as unknown[]).flatMap((item, position) => {
    const place = `${path}[${position}]`;
    const broken = items && brokenRule(items, item, field);
    const inner = field.listKind === 'message' ? violations(field.message, item as Message, place) : [];
    return [...(broken === undefined ? [] : [{ path: place, rule: broken }]), ...inner];
  });
}

/** Wrappers such as UInt32Value are plain values in a message. */
function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && '$typeName' in value;
}

function join(parent: string, name: string): string {
  return parent === '' ? name : `${parent}.${name}`;
}
