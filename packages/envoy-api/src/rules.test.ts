import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { Cluster_DiscoveryType, type Cluster_LbPolicy, ClusterSchema } from '../gen/envoy/config/cluster/v3/cluster_pb.js';
import { ListenerSchema } from '../gen/envoy/config/listener/v3/listener_pb.js';
import { HeaderMatcherSchema, RouteMatchSchema, RouteSchema, VirtualHostSchema } from '../gen/envoy/config/route/v3/route_components_pb.js';
import { TcpProxySchema } from '../gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js';
import { any } from './encode.ts';
import { violations } from './rules.ts';

function broken<Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>): readonly string[] {
  return violations(schema, create(schema, init)).map(({ path, rule }) => `${path}: ${rule}`);
}

describe('violations', () => {
  test('lets a sound message pass', () => {
    expect(broken(ClusterSchema, { name: 'c', clusterDiscoveryType: { case: 'type', value: Cluster_DiscoveryType.STATIC } })).toEqual([]);
  });

  test('finds what must be set', () => {
    expect(broken(RouteMatchSchema, {})).toEqual(['path_specifier: one of its members must be set']);
    expect(broken(RouteSchema, { action: { case: 'directResponse', value: { status: 503 } } })).toEqual(['match: must be set']);
  });

  test('finds too few items, too short texts and texts of more than a line', () => {
    expect(broken(VirtualHostSchema, {})).toEqual(['name: must have at least 1 characters', 'domains: must have at least 1 items']);
    expect(broken(HeaderMatcherSchema, { name: 'a\nb' })).toEqual(['name: must not contain CR, LF or NUL']);
  });

  test('finds numbers and durations out of range, bounds of 0 included', () => {
    expect(broken(RouteSchema, { match, action: { case: 'directResponse', value: { status: 99 } } })).toEqual([
      'direct_response.status: must be at least 200',
    ]);
    expect(broken(ClusterSchema, { name: 'c', connectTimeout: { seconds: 0n, nanos: 0 } })).toEqual([
      'connect_timeout: must be greater than 0',
    ]);
  });

  test('finds undefined enum values', () => {
    expect(broken(ClusterSchema, { name: 'c', lbPolicy: 99 as Cluster_LbPolicy })).toEqual(['lb_policy: must be a defined value']);
  });

  test('looks into lists and packed messages', () => {
    const proxy = any(TcpProxySchema, { clusterSpecifier: { case: 'cluster', value: 'c' } });
    expect(
      broken(ListenerSchema, { filterChains: [{ filters: [{ name: 'f', configType: { case: 'typedConfig', value: proxy } }] }] }),
    ).toEqual(['filter_chains[0].filters[0].typed_config.stat_prefix: must have at least 1 characters']);
  });
});

const match = { pathSpecifier: { case: 'prefix', value: '/' } } as const;
