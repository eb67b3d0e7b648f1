import { PORTS } from './network.ts';

/** Metadata and credential endpoints of instances and tasks: App Mesh never redirects these. */
const IGNORED = { v4: '169.254.169.254,169.254.170.2', v6: 'fd00:ec2::254' } as const;

/**
 * App Mesh's nat rules as input of `iptables-restore`, the ones ECS' `proxyConfiguration` and the Kubernetes controller set up:
 * what the application sends goes to 15001, what is sent to the application to 15000, what Envoy (uid 1337) sends is left alone.
 * @see https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ProxyConfiguration.html
 */
export function interceptionRules(family: 'v4' | 'v6'): string {
  return `*nat
:APPMESH_INGRESS - [0:0]
:APPMESH_EGRESS - [0:0]
-A APPMESH_INGRESS -p tcp -m multiport --dports ${Object.values(PORTS).join(',')} -j REDIRECT --to-port 15000
-A PREROUTING -p tcp -m addrtype ! --src-type LOCAL -j APPMESH_INGRESS
-A APPMESH_EGRESS -m owner --uid-owner 1337 -j RETURN
-A APPMESH_EGRESS -p tcp -m multiport --dports 22 -j RETURN
-A APPMESH_EGRESS -p tcp -d ${IGNORED[family]} -j RETURN
-A APPMESH_EGRESS -p tcp -j REDIRECT --to-port 15001
-A OUTPUT -p tcp -m addrtype ! --dst-type LOCAL -j APPMESH_EGRESS
COMMIT`;
}
