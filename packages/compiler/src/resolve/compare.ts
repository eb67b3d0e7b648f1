import type { Resource } from '@meshwright/model';

/** Compares by code units: the only order that every machine agrees on. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Compares by age: what was created first comes first, equally old by name. */
export function compareAge(a: Resource, b: Resource): number {
  return a.metadata.createdAt - b.metadata.createdAt || compareText(a.ref.name, b.ref.name);
}
