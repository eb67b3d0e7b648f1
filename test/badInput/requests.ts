import { modelOperations, shapeOf } from '@meshwright/model/testing';
import { type Member, type ModelOperation, membersIn } from './apiModel.ts';
import { type Json, jsonOf } from './json.ts';
import type { Random } from './random.ts';
import { NAMES, validValue } from './validValues.ts';

/** A request before it is written down; whoever mutates it changes it in place. */
export interface Draft {
  readonly operation: ModelOperation;
  method: string;
  /** As they go on the wire, encoded. */
  segments: string[];
  /** Names and values as they go on the wire. */
  query: [string, string][];
  headers: [string, string][];
  body: Json | undefined;
  /** What is done to the body's text in the end. */
  readonly finish: ((body: Buffer) => Buffer)[];
  /** What was done to it, for the report of a failure. */
  readonly done: string[];
}

/** One way to spoil a request; false where it does not apply. */
export type Mutation = (random: Random, draft: Draft) => boolean;

/** What a run has seen that requests can refer to. */
export interface Seen {
  /** Tokens of pages, as answers carried them. */
  readonly nextTokens: string[];
}

const ARN = 'arn:aws:appmesh:us-east-1:123456789012:mesh/apps';
const ARNS = [
  ARN,
  `${ARN}/virtualNode/blue`,
  `${ARN}/virtualRouter/split/route/all`,
  `${ARN}/virtualGateway/door/gatewayRoute/in`,
  `${ARN}/virtualService/color.local`,
];

/** Members whose values mean more than their shapes say. */
const PARTICULAR: Readonly<Record<string, (random: Random, seen: Seen) => unknown>> = {
  resourceArn: (random) => random.pick(ARNS),
  nextToken: (random, { nextTokens }) => (nextTokens.length > 0 ? random.pick(nextTokens) : 'bm9uZQ'),
  clientToken: (random) => (random.chance(0.3) ? random.pick(['one', 'two']) : `token-${random.integer(0, 1e9)}`),
  tags: (random) => Array.from({ length: random.integer(0, 3) }, (_, index) => ({ key: `key${index}`, value: random.pick(['', 'v']) })),
  tagKeys: (random) => [`key${random.integer(0, 3)}`],
};

/** How often members that may be left out are sent. */
const SHARES: Readonly<Record<string, number>> = { nextToken: 0.1, meshOwner: 0.3, clientToken: 0.7 };

/** A request that keeps the API model's limits. */
export function validRequest(random: Random, seen: Seen): Draft {
  const operation = random.pick(modelOperations);
  const { method, requestUri } = operation.http;
  const { required = [] } = shapeOf(operation.input.shape);
  const sent = (location: Member['location']): readonly (readonly [string, unknown])[] =>
    membersIn(operation, location)
      .filter(([name]) => required.includes(name) || random.chance(SHARES[name] ?? 0.6))
      .map(([name, { shape }]) => [name, PARTICULAR[name]?.(random, seen) ?? validValue(random, shape, name)]);
  const segments = requestUri.split('/').slice(1);
  return {
    operation,
    method,
    segments: segments.map((segment) =>
      segment.startsWith('{') ? encodeURIComponent(random.pick(NAMES[segment.slice(1, -1)] ?? [])) : segment,
    ),
    query: sent('querystring').map(([name, value]) => [name, encodeURIComponent(String(value))]),
    headers: [],
    body: method === 'PUT' ? jsonOf(Object.fromEntries(sent(undefined))) : undefined,
    finish: [],
    done: [],
  };
}
