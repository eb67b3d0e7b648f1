import type { Init } from '@meshwright/envoy-api';
import type { HttpFilterSchema } from '@meshwright/envoy-api/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import { router } from './router.ts';

/** One entry of a connection manager's `http_filters`. */
export type HttpFilterInit = Init<typeof HttpFilterSchema>;

/** HTTP filters in the order in which they see a request; one file each in this folder. */
const order: readonly (() => HttpFilterInit)[] = [
  // Last: it ends the chain, nothing behind it is ever called.
  router,
];

/** The HTTP filters of every connection manager. */
export function httpFilters(): HttpFilterInit[] {
  return order.map((filter) => filter());
}
