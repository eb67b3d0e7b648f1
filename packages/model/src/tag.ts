import * as v from 'valibot';
import { MeshError } from './errors.ts';
import type { Ref } from './ref.ts';
import type { Schema } from './schema/scalars.ts';
import { str } from './schema/scalars.ts';
import { listOf, ruled, structure } from './schema/structures.ts';
import { must, refusal } from './schema/violation.ts';

/** Most tags of one resource. */
const MAX_TAGS = 50;

const tagKey = str({ min: 1, max: 128, multiline: true });
const tag = structure({ key: tagKey, value: str({ max: 256, multiline: true }) });
/** A label on a resource. */
export type Tag = v.InferOutput<typeof tag>;

/** Tags as a request sends them. */
export const tagList = ruled(listOf(tag), (tags, refuse) => {
  const seen = new Set<string>();
  for (const [index, { key }] of tags.entries()) {
    if (seen.has(key)) refuse([index, 'key'], must('occur once', 'remove the other tag of this key'), key);
    seen.add(key);
  }
});

const tagKeys = listOf(tagKey, { max: MAX_TAGS });

/**
 * Tags as a request sent them; none when they are absent.
 * @throws MeshError `BadRequest`; `TooManyTags` for more than 50.
 */
export function parseTags(input: unknown): readonly Tag[] {
  if (Array.isArray(input) && input.length > MAX_TAGS) throw tooManyTags(`The request has ${input.length} tags`);
  return parsed('tags', tagList, input);
}

/**
 * Keys of tags as a request to remove them sent them; none when they are absent.
 * @throws MeshError `BadRequest`.
 */
export function parseTagKeys(input: unknown): readonly string[] {
  return parsed('tagKeys', tagKeys, input);
}

/**
 * A resource's tags with others laid over them.
 * @throws MeshError `TooManyTags` when that makes more than 50.
 */
export function mergeTags({ ref, tags }: { readonly ref: Ref; readonly tags: readonly Tag[] }, added: readonly Tag[]): readonly Tag[] {
  // A Map keeps the place of a key that is set again.
  const merged = new Map([...tags, ...added].map(({ key, value }) => [key, value]));
  if (merged.size > MAX_TAGS) throw tooManyTags(`The resource has ${tags.length} tags and would have ${merged.size}`, ref);
  return Array.from(merged, ([key, value]) => ({ key, value }));
}

/** Tags but those of some keys. */
export function withoutTags(tags: readonly Tag[], keys: readonly string[]): readonly Tag[] {
  return tags.filter(({ key }) => !keys.includes(key));
}

function parsed<T>(field: string, schema: Schema<readonly T[]>, input: unknown): readonly T[] {
  const result = v.safeParse(schema, input ?? [], { abortPipeEarly: true });
  if (result.success) return result.output;
  throw refusal(field, result.issues);
}

function tooManyTags(fact: string, ref?: Ref): MeshError {
  return new MeshError('TooManyTags', `${fact}, but a resource has at most ${MAX_TAGS}: remove some.`, ref && { ref });
}
