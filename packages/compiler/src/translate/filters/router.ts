import { any } from '@meshwright/envoy-api';
import { RouterSchema } from '@meshwright/envoy-api/gen/envoy/extensions/filters/http/router/v3/router_pb.js';
import type { HttpFilterInit } from './httpFilter.ts';

/** Sends the request on its route. */
export function router(): HttpFilterInit {
  return { name: 'envoy.filters.http.router', configType: { case: 'typedConfig', value: any(RouterSchema, {}) } };
}
