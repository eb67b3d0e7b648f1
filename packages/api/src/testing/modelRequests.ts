import { MemoryStore } from '@meshwright/local';
import { MeshWriter } from '@meshwright/model';
import { modelOperations, shapeOf } from '@meshwright/model/testing';
import { createApi } from '../app.ts';

/** The input of an operation: its members by name, wherever they travel. */
export type Input = Readonly<Record<string, unknown>>;

/** An answer of the API. */
export interface Answer {
  readonly status: number;
  /** The error's shape; null for success. */
  readonly type: string | null;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Carries out operations of the API model in one process, on a store of its own. */
export type Call = (operation: string, input: Input) => Promise<Answer>;

/** The account that `modelCalls` asks for. */
export const ACCOUNT = '123456789012';

const operations = new Map(modelOperations.map((operation) => [operation.name, operation]));

/** An API that is asked by operation and input: which member travels where is read from the API model. */
export function modelCalls(): Call {
  const identity = { account: ACCOUNT, region: 'us-east-1', partition: 'aws' };
  const parts = { store: new MemoryStore(), identity, now: () => 1_790_000_000_000 };
  let ids = 0;
  const newId = (): string => `id-${++ids}`;
  const writer = new MeshWriter({ ...parts, monotonic: () => 0, newUid: newId, random: () => 0, sleep: async () => {} });
  const api = createApi({ ...parts, writer, newId });
  return async (name, input) => {
    const { target, method, body } = requestOf(name, input);
    const init = body === undefined ? { method } : { method, body };
    const response = await api.fetch(new Request('http://local/', init), target);
    return {
      status: response.status,
      type: response.headers.get('x-amzn-ErrorType'),
      body: JSON.parse((await response.text()) || '{}'),
    };
  };
}

function requestOf(name: string, input: Input): { readonly target: string; readonly method: string; readonly body?: string } {
  const operation = operations.get(name);
  if (operation === undefined) throw new Error(`the API model has no operation ${name}`);
  const { method, requestUri } = operation.http;
  const members = shapeOf(operation.input.shape).members ?? {};
  const at = (location?: string): readonly [string, unknown][] =>
    Object.entries(input).filter(([member]) => members[member]?.location === location);
  const path = requestUri.replace(/\{(\w+)\}/g, (_, member: string) => encodeURIComponent(String(input[member])));
  const query = at('querystring').map(([member, value]) => `${member}=${encodeURIComponent(String(value))}`);
  const target = query.length === 0 ? path : `${path}?${query.join('&')}`;
  return method === 'PUT' ? { target, method, body: JSON.stringify(Object.fromEntries(at())) } : { target, method };
}
