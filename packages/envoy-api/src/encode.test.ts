import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { ClusterSchema } from '../gen/envoy/config/cluster/v3/cluster_pb.js';
import { RouteConfigurationSchema } from '../gen/envoy/config/route/v3/route_pb.js';
import { PreviousHostsPredicateSchema } from '../gen/envoy/extensions/retry/host/previous_hosts/v3/previous_hosts_pb.js';
import { HttpProtocolOptionsSchema } from '../gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.js';
import { any, encode } from './encode.ts';
import { decode, toFieldNames } from './json.ts';
import { CLUSTER_TYPE } from './typeUrls.ts';

const routes = (configs: Readonly<Record<string, ReturnType<typeof any>>>) => ({
  name: 'r',
  virtualHosts: [{ name: 'v', domains: ['*'], routes: [{ typedPerFilterConfig: { ...configs } }], typedPerFilterConfig: { ...configs } }],
});

describe('encode', () => {
  test('gives equal messages equal bytes, whatever the order of map keys at any depth', () => {
    const [a, b] = [any(PreviousHostsPredicateSchema, {}), any(HttpProtocolOptionsSchema, {})];
    const bytes = encode(RouteConfigurationSchema, routes({ a, b }));
    expect(encode(RouteConfigurationSchema, routes({ b, a }))).toEqual(bytes);
    expect(decode(bytes).message).toEqual(create(RouteConfigurationSchema, routes({ a, b })));
  });

  test('writes the type URL that discovery answers carry', () => {
    expect(toFieldNames(encode(ClusterSchema, { name: 'c' }))).toEqual({ name: 'c' });
    expect(any(ClusterSchema, {}).typeUrl).toBe(CLUSTER_TYPE);
  });
});

describe('toFieldNames', () => {
  test('spells out nested messages with Envoy’s names, the type first', () => {
    const options = any(HttpProtocolOptionsSchema, {
      upstreamProtocolOptions: { case: 'explicitHttpConfig', value: { protocolConfig: { case: 'http2ProtocolOptions', value: {} } } },
    });
    const json = toFieldNames(encode(ClusterSchema, { name: 'c', typedExtensionProtocolOptions: { o: options } }));
    expect(JSON.stringify(json)).toBe(
      '{"name":"c","typed_extension_protocol_options":{"o":{"@type":"type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions","explicit_http_config":{"http2_protocol_options":{}}}}}',
    );
  });
});
