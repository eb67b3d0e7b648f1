import { type Kind, MeshError, type Ref, type Resource, type TokenClaim, type TokenRecord } from '@meshwright/model';
import { type ItemKey, tokenItemKey } from './keys.ts';

/** A resource in the table. Its spec is one string: reading a mesh costs a quarter of what nested attributes would. */
export interface ResourceItem extends ItemKey {
  readonly kind: Kind;
  readonly parent?: string;
  readonly name: string;
  readonly spec: string;
  readonly metadata: string;
  readonly tags: string;
  /** The generation that wrote it. */
  readonly generation: number;
}

/** A `clientToken`'s record in the table. */
export interface TokenItem extends ItemKey {
  readonly key: string;
  readonly bodyHash: string;
  readonly answer: string;
  /** Of the answer: a record may be replaced when what it was given for was deleted since. */
  readonly uid: string;
  /** Epoch milliseconds; the table removes expired items when it comes to it. */
  readonly expiresAt: number;
  /** Epoch seconds. */
  readonly ttl: number;
}

/** The item of a resource at a place in the table. */
export function toItem(key: ItemKey, { ref, spec, metadata, tags }: Resource, generation: bigint): ResourceItem {
  const { kind, parent, name } = ref;
  return {
    ...key,
    kind,
    ...(parent !== undefined && { parent }),
    name,
    spec: JSON.stringify(spec),
    metadata: JSON.stringify(metadata),
    tags: JSON.stringify(tags),
    generation: Number(generation),
  };
}

/**
 * The resource in an item.
 * @throws MeshError `ServiceUnavailable` naming the item when it is damaged, as all of these do.
 */
export function fromItem<K extends Kind>(mesh: string, item: ResourceItem): Resource<K> {
  const { kind, parent, name, spec, metadata, tags } = item;
  const ref = { kind, mesh, name, ...(parent !== undefined && { parent }) };
  return {
    ref: ref as Ref as Ref<K>,
    spec: parseStored(spec, item),
    metadata: parseStored(metadata, item),
    tags: parseStored(tags, item),
  };
}

/** The item of a token's record. */
export function toTokenItem({ key, bodyHash, answer, expiresAt }: TokenClaim): TokenItem {
  return {
    ...tokenItemKey(key),
    key,
    bodyHash,
    answer: JSON.stringify(answer),
    uid: answer.metadata.uid,
    expiresAt,
    ttl: Math.ceil(expiresAt / 1000),
  };
}

/** The token's record in an item. */
export function fromTokenItem(item: TokenItem): TokenRecord {
  return { key: item.key, bodyHash: item.bodyHash, answer: parseStored(item.answer, item), expiresAt: item.expiresAt };
}

/** @throws MeshError naming the item, which somebody else must have written. */
export function parseStored<T>(text: string, key: ItemKey): T {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw damagedItem(key, cause);
  }
}

/** Refuses to go on with an item that does not read as we wrote it. */
export function damagedItem({ pk, sk }: ItemKey, cause: unknown): MeshError {
  const message = `The store cannot answer: the item ${JSON.stringify({ pk, sk })} is damaged: restore the table to a point in time before.`;
  return new MeshError('ServiceUnavailable', message, { cause, isUndone: true });
}
