const type = <const Name extends string>(name: Name) => `type.googleapis.com/${name}` as const;

/** Type URL of clusters (CDS). */
export const CLUSTER_TYPE = type('envoy.config.cluster.v3.Cluster');
/** Type URL of load assignments (EDS). */
export const ENDPOINT_TYPE = type('envoy.config.endpoint.v3.ClusterLoadAssignment');
/** Type URL of listeners (LDS). */
export const LISTENER_TYPE = type('envoy.config.listener.v3.Listener');
/** Type URL of route configurations (RDS). */
export const ROUTE_TYPE = type('envoy.config.route.v3.RouteConfiguration');
