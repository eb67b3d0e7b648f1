import type { PortProtocol } from '@meshwright/model';

// App Mesh's names, byte for byte: dashboards, alarms and regexes contain them. They are joined with `_` without escaping, and
// `_` is legal inside names. Cluster names of one proxy still cannot collide: the mesh is the same in all of them, and what is
// told apart stands at the end (`_<protocol>_<port>`, `_unresolved`, or one of three fixed words that end in neither).
// Virtual hosts can, with the catch-all: see resolve/virtualHosts.ts.

/** Listener of traffic to the node; named after the address App Mesh bound. */
export const INGRESS_LISTENER = 'lds_ingress_0.0.0.0_15000';
/** Listener of traffic from the node; named after the address App Mesh bound, though it is bound to loopback. */
export const EGRESS_LISTENER = 'lds_egress_0.0.0.0_15001';
/** Port that traffic to the node is redirected to. */
export const INGRESS_PORT = 15000;
/** Port that traffic from the node is redirected to, and a gateway sends its second pass to. */
export const EGRESS_PORT = 15001;
/** Virtual host that takes what no virtual service does, under ALLOW_ALL. */
export const ALLOW_ALL_HOST = 'mesh_allow_all';

/** Virtual host of a gateway that takes what no host name of its routes does. */
export const SELF_REDIRECT_HOST = 'self_redirect';
/** Virtual host of a gateway's second pass that takes requests whose host was not rewritten. */
export const DEFAULT_BACKEND_HOST = 'default_backend';

type Direction = 'ingress' | 'egress';

/** Cluster of a listener: the node's own application (ingress) or another node (egress). */
export function clusterName(direction: Direction, mesh: string, node: string, protocol: PortProtocol, port: number): string {
  return `cds_${direction}_${mesh}_${node}_${protocol}_${port}`;
}

/** Listener of a gateway's port; named after the address App Mesh bound. */
export function gatewayListenerName(port: number): string {
  return `lds_ingress_0.0.0.0_${port}`;
}

/** Cluster through which a gateway sends requests to itself for the second pass; the port is told where it has several listeners. */
export function selfRedirectClusterName(mesh: string, gateway: string, protocol: PortProtocol, port?: number): string {
  const which = port === undefined ? protocol : `${port}_${protocol}`;
  return `cds_ingress_${mesh}_${gateway}_self_redirect_${which}_${EGRESS_PORT}`;
}

/** Cluster of a target that cannot be reached. App Mesh has no such cluster. */
export function unresolvedClusterName(mesh: string, node: string): string {
  return `cds_egress_${mesh}_${node}_unresolved`;
}

/** Cluster of connections that go nowhere, and are closed. App Mesh has no such cluster. */
export function nowhereClusterName(mesh: string): string {
  return `cds_egress_${mesh}_nowhere`;
}

/** Cluster of AWS APIs. */
export function awsClusterName(mesh: string): string {
  return `cds_egress_${mesh}_amazonaws`;
}

/** Cluster of everything unknown, under ALLOW_ALL. */
export function allowAllClusterName(mesh: string): string {
  return `cds_egress_${mesh}_mesh-allow-all`;
}

/** Route configuration of one port. */
export function routeConfigName(direction: Direction, protocol: PortProtocol, port: number): string {
  return `rds_${direction}_${protocol}_${port}`;
}
