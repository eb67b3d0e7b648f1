import { Cluster_DnsLookupFamily } from '@meshwright/envoy-api/gen/envoy/config/cluster/v3/cluster_pb.js';
import type { IpPreference } from '@meshwright/model';
import { socketAddress } from './address.ts';

interface Families {
  /** Which answers of DNS are used. */
  readonly lookup: Cluster_DnsLookupFamily;
  /** Where the application beside the proxy listens. */
  readonly app: '127.0.0.1' | '::1';
}

/** What each preference means; without one it is Envoy's own choice, an application on IPv4, and listeners there. */
const preferences = {
  IPv4_PREFERRED: { lookup: Cluster_DnsLookupFamily.V4_PREFERRED, app: '127.0.0.1' },
  // AUTO asks for IPv6 first.
  IPv6_PREFERRED: { lookup: Cluster_DnsLookupFamily.AUTO, app: '::1' },
  IPv4_ONLY: { lookup: Cluster_DnsLookupFamily.V4_ONLY, app: '127.0.0.1' },
  IPv6_ONLY: { lookup: Cluster_DnsLookupFamily.V6_ONLY, app: '::1' },
} satisfies Record<IpPreference, Families>;

const none: Families = { lookup: Cluster_DnsLookupFamily.AUTO, app: '127.0.0.1' };

/** What a preference means for addresses. */
export function familiesOf(preference: IpPreference | undefined): Families {
  return preference === undefined ? none : preferences[preference];
}

/** Where connections from elsewhere are taken: with any preference both families are, for a client may have another one. */
export function listenAddress(preference: IpPreference | undefined, port: number) {
  if (preference === undefined) return socketAddress('0.0.0.0', port);
  const address = { address: '::', ipv4Compat: true, portSpecifier: { case: 'portValue' as const, value: port } };
  return { address: { case: 'socketAddress' as const, value: address } };
}
