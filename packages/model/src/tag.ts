import * as v from 'valibot';
import { str } from './schema/scalars.ts';
import { listOf, ruled, structure } from './schema/structures.ts';
import { must, refusal } from './schema/violation.ts';

const tag = structure({ key: str({ min: 1, max: 128, multiline: true }), value: str({ max: 256, multiline: true }) });
/** A label on a resource. */
export type Tag = v.InferOutput<typeof tag>;

const tagList = ruled(listOf(tag, { max: 50 }), (tags, refuse) => {
  const seen = new Set<string>();
  for (const [index, { key }] of tags.entries()) {
    if (seen.has(key)) refuse([index, 'key'], must('occur once', 'remove the other tag of this key'), key);
    seen.add(key);
  }
});

/**
 * Tags as a request sent them; none when they are absent.
 * @throws MeshError `BadRequest`.
 */
export function parseTags(input: unknown): readonly Tag[] {
  const result = v.safeParse(tagList, input ?? [], { abortPipeEarly: true });
  if (result.success) return result.output;
  throw refusal('tags', result.issues);
}
