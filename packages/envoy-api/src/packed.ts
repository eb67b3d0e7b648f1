import type { DescMessage } from '@bufbuild/protobuf';
import type { Any } from '@bufbuild/protobuf/wkt';

/** What a message is made from, and its descriptor. */
export interface Described {
  readonly schema: DescMessage;
  readonly init: object;
}

const made = new WeakMap<Any, Described>();

/** Keeps what was packed, for as long as the packed message is there: to look at it, it need not be decoded. */
export function remember(packed: Any, described: Described): void {
  made.set(packed, described);
}

/** What was packed; undefined for what was decoded, or packed elsewhere. */
export function remembered(packed: Any): Described | undefined {
  return made.get(packed);
}
