/** Every code of the compiler's diagnostics and when it is told; codes are stable, for dashboards and scripts name them. */
export const diagnosticCodes = {
  'all-weights-zero': 'Every weight of a route is 0: HTTP and gRPC are answered 503, TCP connections are closed.',
  'compiled-name-taken': 'A name in Envoy’s configuration was taken, and got a number behind it; traffic is not affected.',
  'domain-taken': 'Two virtual services claim the same host on one port; hosts are compared without case, and the older service has it.',
  'host-never-named': 'A virtual service’s name is no host that a request may name.',
  'invalid-rewrite': 'A gateway route would make a host or a path of requests that no request may have; they are answered 503.',
  'large-configuration': 'What a proxy gets of one type comes near 4 MiB, the most that App Mesh’s own image takes at once.',
  'match-never-met': 'A route’s match has a condition that no request meets; the route is left out.',
  'not-compiled':
    'The compiler failed on a resource, or its result would break a rule of Envoy’s or is too large: its proxy keeps what it had.',
  'not-compiled-yet': 'A setting is stored and read back, and has no effect yet; what follows from that is told.',
  'port-taken': 'A port is used for something else already: by another backend, or by the proxy itself.',
  'protocol-mismatch': 'A route’s protocol is not that of the listener it leads to.',
  'rewrite-without-effect': 'A gateway route rewrites what its match does not have.',
  'route-never-used': 'Another route of the same listener comes before it and takes all that it would.',
  'route-without-listener': 'No listener of the router or gateway has the route’s protocol and port.',
  'target-is-itself':
    'A gateway would send to its own listener, for a node’s name leads to the host of whoever uses it; the share is answered 503.',
  'timeout-without-effect': 'A listener has a time limit for another protocol than its own.',
  'unknown-backend': 'A virtual node names a virtual service as backend that this mesh does not have.',
  'unknown-provider': 'A virtual service names a provider that this mesh does not have.',
  'unknown-retry-event': 'A retry policy names an HTTP event that App Mesh does not document.',
  'unresolvable-name':
    'A node’s discovery name cannot be looked up in DNS, and is no address; what is sent to the node is answered 503, or closed.',
  'unresolved-target':
    'A target cannot be reached: the node, the port, or the way to find it is missing. Its share is answered 503, or closed.',
} as const;

/** Says what a diagnostic is about. */
export type DiagnosticCode = keyof typeof diagnosticCodes;
