import { any, type Init } from '@meshwright/envoy-api';
import { ApiVersion } from '@meshwright/envoy-api/gen/envoy/config/core/v3/config_source_pb.js';
import type { FilterSchema } from '@meshwright/envoy-api/gen/envoy/config/listener/v3/listener_components_pb.js';
import {
  HttpConnectionManager_CodecType,
  HttpConnectionManager_PathWithEscapedSlashesAction,
  HttpConnectionManagerSchema,
} from '@meshwright/envoy-api/gen/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.js';
import type { HttpChainIr } from '../../ir/proxy.ts';
import { httpFilters } from '../filters/httpFilters.ts';

/**
 * The filter that turns bytes into HTTP requests, with App Mesh's settings.
 * @see https://www.envoyproxy.io/docs/envoy/v1.40.0/api-v3/extensions/filters/network/http_connection_manager/v3/http_connection_manager.proto
 */
export function httpConnectionManager({ statPrefix, routeConfig }: HttpChainIr): Init<typeof FilterSchema> {
  const config = any(HttpConnectionManagerSchema, {
    codecType: HttpConnectionManager_CodecType.AUTO,
    statPrefix,
    routeSpecifier: { case: 'rds', value: { configSource: ads, routeConfigName: routeConfig } },
    httpFilters: httpFilters(),
    // Always present, so that a tracer set up in the bootstrap is used.
    tracing: {},
    upgradeConfigs: [{ upgradeType: 'websocket' }],
    // Routes match on the path: it must be the one the application will see.
    normalizePath: true,
    mergeSlashes: true,
    pathWithEscapedSlashesAction: HttpConnectionManager_PathWithEscapedSlashesAction.KEEP_UNCHANGED,
  });
  return { name: 'envoy.filters.network.http_connection_manager', configType: { case: 'typedConfig', value: config } };
}

const ads = { configSourceSpecifier: { case: 'ads', value: {} }, resourceApiVersion: ApiVersion.V3 } as const;
