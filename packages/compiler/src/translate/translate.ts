import { CLUSTER_TYPE, type Described, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import { ClusterSchema } from '@meshwright/envoy-api/gen/envoy/config/cluster/v3/cluster_pb.js';
import { ListenerSchema } from '@meshwright/envoy-api/gen/envoy/config/listener/v3/listener_pb.js';
import { RouteConfigurationSchema } from '@meshwright/envoy-api/gen/envoy/config/route/v3/route_pb.js';
import type { NamedIr, ProxyIr } from '../ir/proxy.ts';
import { translateCluster } from './cluster/cluster.ts';
import { translateListener } from './listener/listener.ts';
import { translateRouteConfig } from './route/route.ts';

/** One Envoy resource that can be translated when it turns out to be needed. */
export interface Translation {
  readonly typeUrl: string;
  readonly ir: NamedIr;
  translate(): Described;
}

/** The Envoy resources of one proxy by type, each type in the order of the IR. */
export function translateProxy({ clusters, listeners, routeConfigs }: ProxyIr): readonly (readonly [string, readonly Translation[]])[] {
  return [
    typed(CLUSTER_TYPE, clusters, (ir) => ({ schema: ClusterSchema, init: translateCluster(ir) })),
    typed(LISTENER_TYPE, listeners, (ir) => ({ schema: ListenerSchema, init: translateListener(ir) })),
    typed(ROUTE_TYPE, routeConfigs, (ir) => ({ schema: RouteConfigurationSchema, init: translateRouteConfig(ir) })),
  ];
}

function typed<Ir extends NamedIr>(typeUrl: string, irs: readonly Ir[], translated: (ir: Ir) => Described) {
  return [typeUrl, irs.map((ir): Translation => ({ typeUrl, ir, translate: () => translated(ir) }))] as const;
}
