import { CLUSTER_TYPE, LISTENER_TYPE } from '@meshwright/envoy-api';
import type { TypeUrl } from '@meshwright/snapshot';
import type { NameSets } from './nameSet.ts';
import type { ResourceSet } from './resourceSet.ts';
import type { InFlight, TypeState } from './typeState.ts';

/** One request, whichever protocol it came in. */
export interface Message {
  readonly typeUrl: TypeUrl;
  readonly nonce: string;
  readonly error: string | undefined;
  readonly node: Uint8Array | undefined;
  /** Applies what the request asks for; answers whether anything new was asked. */
  subscribe(state: TypeState, role: Role): boolean;
}

/** What a request is to its stream: the first of its type, the answer to the response in flight, or anything else. */
export type Role = 'first' | 'answer' | 'other';

/** A response to be sent. */
export interface Plan {
  readonly set: ResourceSet;
  readonly removed: readonly string[];
  readonly version: string;
  /** Streams with the same key share the response; absent when it is for one stream alone. */
  readonly key?: object;
}

/** What differs between state of the world and delta; the rules of order and of versions are the same. */
export interface Dialect {
  readonly protocol: 'sotw' | 'delta';
  /** @throws Malformed */
  decode(bytes: Uint8Array, names: NameSets): Message;
  /** What brings the client to `wanted`; undefined when nothing needs sending. */
  plan(state: TypeState, wanted: ResourceSet): Plan | undefined;
  encode(plan: Plan, nonce: string): Buffer;
  /** Forgets what a refused response can no longer vouch for. */
  reject(state: TypeState, flight: InFlight): void;
}

/** Whether an empty first list of the type means everything: listeners and clusters only, as the protocol has it. */
export function defaultsToWildcard(typeUrl: TypeUrl): boolean {
  return typeUrl === CLUSTER_TYPE || typeUrl === LISTENER_TYPE;
}
