import { type DescField, type DescMessage, getOption, hasOption, ScalarType } from '@bufbuild/protobuf';
import { type Any, AnySchema } from '@bufbuild/protobuf/wkt';
import { type FieldRules, required, rules } from '../gen/validate/validate_pb.js';
import { type Check, checkOf } from './constraints.ts';
import { decodeAny } from './json.ts';
import { type Described, remembered } from './packed.ts';

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
 * @param message it, or what it is made from: looking at that saves making it.
 * @throws TypeError when an Any inside carries a message that `json.ts` does not register.
 */
export function violations(schema: DescMessage, message: object): readonly Violation[] {
  const found: Violation[] = [];
  const path: (string | number)[] = [];
  checkMessage(schema, message as Fields, path, found);
  return found;
}

type Fields = Readonly<Record<string, unknown>>;
/** Field names, positions and map keys in brackets from the message down; written out only where a rule is broken. */
type Path = (string | number)[];
type CheckField = (message: Fields, path: Path, found: Violation[]) => void;

function checkMessage(schema: DescMessage, message: Fields, path: Path, found: Violation[]): void {
  if (schema.typeName === AnySchema.typeName) {
    const inner = unpacked(message as unknown as Any);
    checkMessage(inner.schema, inner.init as Fields, path, found);
    return;
  }
  for (const check of planOf(schema)) check(message, path, found);
}

function unpacked(packed: Any): Described {
  const known = remembered(packed);
  if (known !== undefined) return known;
  const { schema, message } = decodeAny(packed);
  return { schema, init: message };
}

/** What is to be looked at in messages of each type: most fields have no rules, and neither has anything inside them. */
const plans = new Map<DescMessage, readonly CheckField[]>();

function planOf(schema: DescMessage): readonly CheckField[] {
  const known = plans.get(schema);
  if (known !== undefined) return known;
  const oneofs = schema.oneofs.filter((oneof) => hasOption(oneof, required) && getOption(oneof, required));
  const plan: readonly CheckField[] = [
    ...oneofs.map(({ localName, name }): CheckField => {
      return (message, path, found) => {
        const { case: chosen } = (message[localName] ?? {}) as { readonly case?: string };
        if (chosen === undefined) tell([...path, name], 'one of its members must be set', found);
      };
    }),
    ...schema.fields.flatMap((field) => fieldCheck(field) ?? []),
  ];
  plans.set(schema, plan);
  return plan;
}

function fieldCheck(field: DescField): CheckField | undefined {
  const own = hasOption(field, rules) ? getOption(field, rules) : undefined;
  const check = own && checkOf(own, field);
  const inside = insideCheck(field, own);
  if (check === undefined && inside === undefined) return undefined;
  const valueIn = valueReader(field);
  return (message, path, found) => {
    const value = valueIn(message);
    // A member of a oneof that was not chosen is not missing.
    if (value === undefined && field.oneof !== undefined) return;
    const broken = check?.(value);
    path.push(field.name);
    if (broken !== undefined) tell(path, broken, found);
    if (value !== undefined) inside?.(value, path, found);
    path.pop();
  };
}

/** The value of a field; undefined where a message, wrapper or member of a oneof is not set. What was left out of a plain object is zero. */
function valueReader(field: DescField): (message: Fields) => unknown {
  const { localName, oneof } = field;
  const zero = zeroOf(field);
  if (oneof === undefined) return (message) => message[localName] ?? zero;
  const name = oneof.localName;
  return (message) => {
    const chosen = message[name] as { readonly case?: string; readonly value?: unknown } | undefined;
    return chosen?.case === localName ? chosen.value : undefined;
  };
}

const IMPLICIT = 2; // google.protobuf.FeatureSet.FieldPresence.IMPLICIT

function zeroOf(field: DescField): unknown {
  if (field.fieldKind === 'list') return [];
  if (field.fieldKind === 'map') return {};
  if (field.fieldKind === 'message' || field.presence !== IMPLICIT) return undefined;
  return field.fieldKind === 'enum' ? 0 : (scalarZeros.get(field.scalar) ?? 0);
}

/** Those that are not a number. */
const scalarZeros: ReadonlyMap<ScalarType, unknown> = new Map<ScalarType, unknown>([
  [ScalarType.STRING, ''],
  [ScalarType.BOOL, false],
  [ScalarType.BYTES, new Uint8Array()],
  [ScalarType.UINT64, 0n],
  [ScalarType.INT64, 0n],
]);

type InsideCheck = (value: unknown, path: Path, found: Violation[]) => void;

function insideCheck(field: DescField, own: FieldRules | undefined): InsideCheck | undefined {
  const schema = field.message;
  const isLookedInto = schema !== undefined && mayHaveRules(schema);
  if (field.fieldKind === 'list') return itemsCheck(field, isLookedInto ? schema : undefined, own);
  if (!isLookedInto) return undefined;
  if (field.fieldKind === 'message') return (value, path, found) => checkMessage(schema, value as Fields, path, found);
  return (value, path, found) => {
    for (const [key, item] of Object.entries(value as Record<string, Fields>)) {
      path.push(`[${key}]`);
      checkMessage(schema, item, path, found);
      path.pop();
    }
  };
}

function itemsCheck(field: DescField, schema: DescMessage | undefined, own: FieldRules | undefined): InsideCheck | undefined {
  const items = own?.type.case === 'repeated' ? own.type.value.items : undefined;
  const check: Check | undefined = items && checkOf(items, field);
  if (check === undefined && schema === undefined) return undefined;
  return (value, path, found) => {
    const list = value as readonly unknown[];
    for (let position = 0; position < list.length; position++) {
      const item = list[position];
      path.push(position);
      const broken = check?.(item);
      if (broken !== undefined) tell(path, broken, found);
      if (schema !== undefined) checkMessage(schema, item as Fields, path, found);
      path.pop();
    }
  };
}

/** Google's own messages have none: durations and wrappers are values, which the rules of their field are about. */
function mayHaveRules({ typeName }: DescMessage): boolean {
  return typeName === AnySchema.typeName || !typeName.startsWith('google.protobuf.');
}

function tell(path: readonly (string | number)[], rule: string, found: Violation[]): void {
  const written = path.map((step) => (typeof step === 'number' ? `[${step}]` : step.startsWith('[') ? step : `.${step}`)).join('');
  found.push({ path: written.replace(/^\./, ''), rule });
}
