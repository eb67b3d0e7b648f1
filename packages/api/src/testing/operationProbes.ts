import { modelOperations, type Probe, probesOf, restOf, shapeOf } from '@meshwright/model/testing';
import type { Input } from './modelRequests.ts';
import { CREATED, CREATED_ARN, nameMember, TAGGED_ARN, UPDATED } from './modelWorld.ts';

/** What the walk cannot try, or not by the model alone, and why. */
export const exemptions: readonly { readonly trials: RegExp; readonly reason: string }[] = [
  {
    trials: /^\w+\.(mesh|virtualNode|virtualRouter|virtualService|virtualGateway|route|gatewayRoute)Name type refused$/,
    reason: 'a name in the path is text whatever a client made it from',
  },
  { trials: /\.(tags|tagKeys) min refused$/, reason: 'a list cannot have fewer than 0 items' },
  { trials: /\.value min refused$/, reason: "a tag's value cannot be shorter than empty" },
];

/** The input of an operation that is in order: its required members, each as small as can be. */
export function baseInput(operation: string): Input {
  const { action, kind } = partsOf(operation);
  const base = restOf(inputOf(operation), '');
  if ('resourceArn' in base) return { ...base, resourceArn: action === 'List' ? TAGGED_ARN : CREATED_ARN };
  if (action === 'Create' || action === 'Delete') return { ...base, [nameMember(kind)]: CREATED };
  return action === 'Update' ? { ...base, [nameMember(kind)]: UPDATED } : base;
}

/**
 * All probes of an operation's input.
 * @param nextToken one that the operation gave.
 */
export function operationProbes(operation: string, nextToken: string): readonly Probe[] {
  const { members = {}, required = [] } = shapeOf(inputOf(operation));
  const base = baseInput(operation);
  return Object.entries(members).flatMap(([member, { shape, location }]) => {
    const { [member]: _, ...rest } = base;
    const isRequired = required.includes(member);
    const inside = (value: unknown): Input => ({ ...rest, [member]: value });
    if (location === 'uri') return nameProbes(operation, member, inside);
    const leftOut: Probe = { field: member, about: 'required', sent: rest, ...(!isRequired && { expected: rest }) };
    if (location === 'querystring') return [...queryProbes(member, shape, inside, base, nextToken), leftOut];
    const nothing: Probe = { field: member, about: 'required', sent: inside(null), ...(!isRequired && { expected: rest }) };
    const unknown: Probe = { field: member, about: 'unknown', sent: { ...base, unknownMember: 1 }, expected: base };
    return [...bodyProbes(operation, member, shape, inside), leftOut, nothing, unknown];
  });
}

/** Names in the path: of the length that is tried, and of something that is there. */
function nameProbes(operation: string, member: string, inside: (value: unknown) => Input): readonly Probe[] {
  const { min = 0, max = 0 } = shapeOf('ResourceName');
  const text = (length: number): Input => inside(letterOf(operation, member).repeat(length));
  return [
    { field: member, about: 'min', sent: text(min), expected: text(min) },
    { field: member, about: 'max', sent: text(max), expected: text(max) },
    { field: member, about: 'min', sent: text(min - 1) },
    { field: member, about: 'max', sent: text(max + 1) },
  ];
}

function bodyProbes(operation: string, member: string, shape: string, inside: (value: unknown) => Input): readonly Probe[] {
  const isOwnName = member === nameMember(partsOf(operation).kind);
  const probes = oneWrongTypeEach(probesOf(shape, member, inside, `${inputOf(operation)}.${member}`));
  if (!isOwnName) return probes;
  // Under a name that nothing has yet.
  const renamed = (sent: unknown): unknown => {
    const input = sent as Input;
    const name = input[member];
    return { ...input, [member]: typeof name === 'string' ? name.replaceAll('a', CREATED) : name };
  };
  return probes.map((probe) => ({
    ...probe,
    sent: renamed(probe.sent),
    ...('expected' in probe && { expected: renamed(probe.expected) }),
  }));
}

/** Each field refuses every wrong type by one and the same schema, which `model` tries them all on. */
function oneWrongTypeEach(probes: readonly Probe[]): readonly Probe[] {
  const tried = new Set<string>();
  return probes.filter(({ field, about, expected }) => {
    if (about !== 'type' || expected !== undefined) return true;
    const isFirst = !tried.has(field);
    tried.add(field);
    return isFirst;
  });
}

/** Values in the query are text, numbers too. */
function queryProbes(member: string, shape: string, inside: (value: unknown) => Input, base: Input, nextToken: string): readonly Probe[] {
  const text: Probe = { field: member, about: 'type', sent: inside('text') };
  // Only what was given out is a value of these.
  const given = new Map([
    ['nextToken', nextToken],
    ['resourceArn', base.resourceArn],
  ]).get(member);
  if (given !== undefined) return [text, { field: member, about: 'type', sent: inside(given), expected: inside(given) }];
  return [...probesOf(shape, member, inside, `*.${member}`).filter(({ about }) => about !== 'type'), text];
}

/** Names of what is made for a probe differ from names of what is there. */
function letterOf(operation: string, member: string): string {
  const { action, kind } = partsOf(operation);
  return action === 'Delete' && member === nameMember(kind) ? CREATED : 'a';
}

/** An operation's name taken apart: `CreateRoute` is to create a `Route`. */
export function partsOf(operation: string): { readonly action: string; readonly kind: string } {
  const { action = '', kind = '' } = /^(?<action>Create|Describe|Update|Delete|List|Tag|Untag)(?<kind>\w*)$/.exec(operation)?.groups ?? {};
  return { action, kind };
}

function inputOf(operation: string): string {
  const found = modelOperations.find(({ name }) => name === operation);
  if (found === undefined) throw new Error(`the API model has no operation ${operation}`);
  return found.input.shape;
}
