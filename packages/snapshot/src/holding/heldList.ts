import type { MeshSnapshot } from '../snapshot.ts';
import type { HeldResource } from '../store.ts';

/**
 * Most entries of a list. A list is read with every poll of the heads by every relay; who has more refused than this at a time has
 * another trouble than single resources.
 */
const MOST_HELD = 50;

/** What of a list a snapshot still refers to: content that nobody is to get any more needs no holding. */
export function stillHeld(held: readonly HeldResource[], snapshot: MeshSnapshot): readonly HeldResource[] {
  if (held.length === 0) return held;
  const proxies = [...snapshot.proxies.values()];
  return held.filter(({ typeUrl, name, hash }) => proxies.some(({ types }) => types.get(typeUrl)?.references.get(name) === hash));
}

/** Several lists as one, in an order that whoever makes it comes to; what stands in an earlier list goes first when there is too much. */
export function mergedHeld(...lists: readonly (readonly HeldResource[])[]): readonly HeldResource[] {
  const merged = new Map(lists.flatMap((list) => inOrder(list)).map((held) => [heldKey(held), held]));
  return inOrder([...merged.values()].slice(0, MOST_HELD));
}

/** An entry as one text. */
export function heldKey({ typeUrl, name, hash }: HeldResource): string {
  return JSON.stringify([typeUrl, name, hash]);
}

function inOrder(held: readonly HeldResource[]): readonly HeldResource[] {
  return held.toSorted((a, b) => (heldKey(a) < heldKey(b) ? -1 : 1));
}
