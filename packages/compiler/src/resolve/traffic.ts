import type { TcpTimeout } from '@meshwright/model';
import type { ActionIr, ClusterIr, HttpProtocol, RouteIr, TcpActionIr } from '../ir/proxy.ts';

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

/** Names of the clusters an action sends to. */
export function clustersOf(action: ActionIr): readonly string[] {
  return targetsOf(action).map(({ cluster }) => cluster);
}

/** Where an action sends to. */
export function targetsOf(action: ActionIr) {
  if (action.kind === 'unavailable') return [];
  return action.kind === 'cluster' ? [action.target] : action.targets;
}
