import type { Init } from '@meshwright/envoy-api';
import type { HttpFilterSchema } from '@meshwright/envoy-api/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';

/** One entry of a connection manager's `http_filters`. */
export type HttpFilterInit = Init<typeof HttpFilterSchema>;
