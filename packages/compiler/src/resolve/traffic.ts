import type { TcpTimeout } from '@meshwright/model';
import type { ActionIr, ChainIr, ClusterIr, HttpProtocol, RouteConfigIr, RouteIr, TargetIr, TcpActionIr } from '../ir/proxy.ts';

/** What answers on one port, and the clusters that takes. */
export type PortTraffic = HttpTraffic | TcpTraffic;

/** Requests on one port. */
export interface HttpTraffic {
  readonly port: number;
  readonly protocol: HttpProtocol;
  /** In the order in which they are tried. */
  readonly routes: readonly RouteIr[];
  readonly clusters: readonly ClusterIr[];
}

/** Connections on one port. */
export interface TcpTraffic {
  readonly port: number;
  readonly protocol: 'tcp';
  readonly action: TcpActionIr;
  readonly timeout?: TcpTimeout;
  readonly clusters: readonly ClusterIr[];
}

/** Where an action sends to. */
export function targetsOf(action: ActionIr): readonly TargetIr[] {
  if (action.kind === 'unavailable') return [];
  return action.kind === 'cluster' ? [action.target] : action.targets;
}

/** The clusters that chains and routes name, each once: a client policy may send nowhere what its service sends somewhere. */
export function usedClusters(
  chains: readonly ChainIr[],
  routeConfigs: readonly RouteConfigIr[],
  traffic: readonly PortTraffic[],
): readonly ClusterIr[] {
  const known = new Map(traffic.flatMap(({ clusters }) => clusters.map((cluster) => [cluster.name, cluster])));
  const actions = [
    ...chains.flatMap((chain) => (chain.kind === 'tcp' ? [chain.action] : [])),
    ...routeConfigs.flatMap(({ virtualHosts }) => virtualHosts.flatMap(({ routes }) => routes.map(({ action }) => action))),
  ];
  const used = actions.flatMap((action) => targetsOf(action).map(({ cluster }) => cluster));
  return [...new Set(used)].flatMap((name) => known.get(name) ?? []);
}
