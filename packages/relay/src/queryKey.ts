import type { EndpointQuery } from '@meshwright/snapshot';

const keys = new WeakMap<EndpointQuery, string>();

/** One text for equal queries, whichever objects they are. */
export function queryKey(query: EndpointQuery): string {
  const known = keys.get(query);
  if (known !== undefined) return known;
  const made = JSON.stringify(Object.entries(query).sort(([a], [b]) => (a < b ? -1 : 1)));
  keys.set(query, made);
  return made;
}
