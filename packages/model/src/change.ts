import type { Kind, MeshKey, Ref, Resource, Specs } from './resource.ts';
import type { Tag } from './tag.ts';

/** What a request wants of one resource; `spec` and `tags` as parsed. */
export type RequestedChange = SpecChange | TagChange;

/** A change of a resource as such. */
export interface SpecChange {
  readonly action: 'create' | 'update' | 'delete';
  readonly ref: Ref;
  /** Absent on a create it is empty, absent on an update the stored one stays. */
  readonly spec?: Specs[Kind];
  /** Only a create looks at them. */
  readonly tags?: readonly Tag[];
}

/**
 * A change of a resource's tags: its version and the time of its last update stay, the mesh's generation rises.
 * What it has not is `never`, so that `spec` and `tags` can be read of a `RequestedChange` whatever its action.
 */
export type TagChange =
  | {
      readonly action: 'tag';
      readonly ref: Ref;
      /** A key it has keeps its place and takes the new value; new ones follow in this order. */
      readonly tags: readonly Tag[];
      readonly spec?: never;
    }
  | {
      readonly action: 'untag';
      readonly ref: Ref;
      /** Keys it does not have do no harm. */
      readonly tagKeys: readonly string[];
      readonly spec?: never;
      readonly tags?: never;
    };

/** One request to change a mesh: all of it or nothing. */
export interface WriteRequest {
  readonly mesh: MeshKey;
  readonly changes: readonly RequestedChange[];
  /** Made once per request, so that a commit whose answer was lost is recognised. */
  readonly writeId: string;
  /** Principal that asks, as authenticated. */
  readonly author: string;
  /** What asks: the operation's name, such as `CreateRoute`. */
  readonly source: string;
  /** Of a request sent with a `clientToken`. */
  readonly token?: {
    /** Account, operation, path and token, joined. */
    readonly key: string;
    readonly bodyHash: string;
  };
}

/** What a request came to. */
export interface WriteResult {
  /** The mesh's generation with the change in it. */
  readonly generation: bigint;
  /** One resource per requested change; a delete answers the last object. */
  readonly answers: readonly Resource[];
  /** Whether this is the stored answer of an earlier request with the same token. */
  readonly replayed: boolean;
}
