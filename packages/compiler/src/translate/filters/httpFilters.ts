import type { HttpFilterInit } from './httpFilter.ts';
import { router } from './router.ts';

/** HTTP filters in the order in which they see a request; one file each in this folder. */
const order: readonly (() => HttpFilterInit)[] = [
  // Last: it ends the chain, nothing behind it is ever called.
  router,
];

/** The HTTP filters of every connection manager. */
export function httpFilters(): HttpFilterInit[] {
  return order.map((filter) => filter());
}
