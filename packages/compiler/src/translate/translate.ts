import { CLUSTER_TYPE, encode, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import { ClusterSchema } from '@meshwright/envoy-api/gen/envoy/config/cluster/v3/cluster_pb.js';
import { ListenerSchema } from '@meshwright/envoy-api/gen/envoy/config/listener/v3/listener_pb.js';
import { RouteConfigurationSchema } from '@meshwright/envoy-api/gen/envoy/config/route/v3/route_pb.js';
import type { NamedIr, ProxyIr } from '../ir/proxy.ts';
import { translateCluster } from './cluster/cluster.ts';
import { translateListener } from './listener/listener.ts';
import { translateRouteConfig } from './route/route.ts';

/** One Envoy resource that can be encoded when it turns out to be needed. */
export interface Translation {
  readonly typeUrl: string;
  readonly ir: NamedIr;
  encode(): Uint8Array;
}

/** The Envoy resources of one proxy by type, each type in the order of the IR. */
export function translateProxy({ clusters, listeners, routeConfigs }: ProxyIr): readonly (readonly [string, readonly Translation[]])[] {
  return [
    typed(CLUSTER_TYPE, clusters, (ir) => encode(ClusterSchema, translateCluster(ir))),
    typed(LISTENER_TYPE, listeners, (ir) => encode(ListenerSchema, translateListener(ir))),
    typed(ROUTE_TYPE, routeConfigs, (ir) => encode(RouteConfigurationSchema, translateRouteConfig(ir))),
  ];
}

function typed<Ir extends NamedIr>(typeUrl: string, irs: readonly Ir[], encoded: (ir: Ir) => Uint8Array) {
  return [typeUrl, irs.map((ir): Translation => ({ typeUrl, ir, encode: () => encoded(ir) }))] as const;
}
