import { create, type DescMessage, type MessageInitShape, toBinary } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { ClusterSchema } from '../gen/envoy/config/cluster/v3/cluster_pb.js';
import { ListenerSchema } from '../gen/envoy/config/listener/v3/listener_pb.js';
import { RouteConfigurationSchema } from '../gen/envoy/config/route/v3/route_pb.js';
import { TcpProxySchema } from '../gen/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.js';
import { any } from './encode.ts';
import { messageBytes } from './messageBytes.ts';

/** Both ways of writing a message. */
function bothWays<Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>): readonly [own: string, generated: string] {
  return [Buffer.from(messageBytes(schema, init)).toString('hex'), Buffer.from(toBinary(schema, create(schema, init))).toString('hex')];
}

function expectSame<Desc extends DescMessage>(schema: Desc, init: MessageInitShape<Desc>): void {
  const [own, generated] = bothWays(schema, init);
  expect(own).toBe(generated);
  expect(Buffer.from(messageBytes(schema, create(schema, init))).toString('hex')).toBe(generated);
}

const route = (prefix: string) => ({ name: prefix, match: { pathSpecifier: { case: 'prefix' as const, value: prefix } } });

describe('the bytes of a message are those that the generated code writes', () => {
  test('of one without anything', () => expectSame(ClusterSchema, {}));

  test('of numbers, enums, durations, wrappers and members of oneofs, zero and negative ones too', () => {
    expectSame(ClusterSchema, {
      name: 'c',
      clusterDiscoveryType: { case: 'type', value: 0 },
      lbPolicy: 6,
      connectTimeout: { seconds: -1n, nanos: -250_000_000 },
      dnsRefreshRate: { seconds: 2n ** 40n, nanos: 1 },
      perConnectionBufferLimitBytes: 0,
      maxRequestsPerConnection: 4_294_967_295,
      circuitBreakers: { thresholds: [{ maxConnections: 2_147_483_647, trackRemaining: true }] },
      outlierDetection: { consecutive5xx: 300, enforcingSuccessRate: 0 },
      respectDnsTtl: true,
    });
  });

  test('of texts that are empty, long, or of many bytes', () => {
    for (const name of ['', 'é', '😀'.repeat(20), 'a'.repeat(42), 'a'.repeat(43), `${'a'.repeat(41)}é`, '日本'.repeat(50_000), '\ud800'])
      expectSame(ClusterSchema, { name, altStatName: 'x' });
  });

  test('of lists, packed ones too, and of messages at every length of their length', () => {
    for (const count of [0, 1, 2, 20, 200, 20_000]) {
      const routes = Array.from({ length: count }, (_, number) => ({
        ...route(`/${number}`),
        action: {
          case: 'route' as const,
          value: {
            clusterSpecifier: { case: 'cluster' as const, value: 'c' },
            retryPolicy: { retriableStatusCodes: [503, 0, 70_000], numRetries: 2 },
          },
        },
      }));
      expectSame(RouteConfigurationSchema, { name: 'r', virtualHosts: [{ name: 'v', domains: ['*', 'a'], routes }] });
    }
  });

  test('of structures, maps and packed messages', () => {
    const packed = any(TcpProxySchema, { statPrefix: 's', clusterSpecifier: { case: 'cluster', value: 'c' } });
    expectSame(ListenerSchema, {
      metadata: {
        filterMetadata: { a: { more: { empty: {}, list: [1, 'x', null, { deep: [] }], none: null, number: -0.5, yes: true }, text: 't' } },
      },
      filterChains: [{ filters: [{ name: 'f', configType: { case: 'typedConfig', value: packed } }] }],
      address: { address: { case: 'socketAddress', value: { address: '::', portSpecifier: { case: 'portValue', value: 0 } } } },
    });
  });
});

test('maps and structures are written in the order of their keys', () => {
  const metadata = (keys: readonly string[]) => ({
    metadata: { filterMetadata: Object.fromEntries(keys.map((key) => [key, Object.fromEntries(keys.map((inner) => [inner, 1]))])) },
  });
  expect(messageBytes(ListenerSchema, metadata(['a', 'b']))).toEqual(messageBytes(ListenerSchema, metadata(['b', 'a'])));
});

test('a number that its field does not have is refused, and what was written before it is forgotten', () => {
  expect(() => messageBytes(ClusterSchema, { name: 'c', maxRequestsPerConnection: -1 })).toThrow(/-1 is not a whole number from 0/);
  expect(() => messageBytes(ClusterSchema, { name: 'c', connectTimeout: { nanos: 0.5 } })).toThrow(RangeError);
  expect(messageBytes(ClusterSchema, {})).toHaveLength(0);
});
