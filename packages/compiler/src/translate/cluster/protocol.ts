import { any } from '@meshwright/envoy-api';
import { HttpProtocolOptionsSchema } from '@meshwright/envoy-api/gen/envoy/extensions/upstreams/http/v3/http_protocol_options_pb.js';
import type { PortProtocol } from '@meshwright/model';
import type { ClusterInit } from './clusterInit.ts';

const KEY = 'envoy.extensions.upstreams.http.v3.HttpProtocolOptions';

const http2 = {
  [KEY]: any(HttpProtocolOptionsSchema, {
    upstreamProtocolOptions: {
      case: 'explicitHttpConfig',
      value: { protocolConfig: { case: 'http2ProtocolOptions', value: {} } },
    },
  }),
};

/** Speaks upstream what was spoken downstream: without it an HTTP/2 request to an unknown host would go out as HTTP/1.1. */
export const asReceived: NonNullable<ClusterInit['typedExtensionProtocolOptions']> = {
  [KEY]: any(HttpProtocolOptionsSchema, {
    upstreamProtocolOptions: { case: 'useDownstreamProtocolConfig', value: { http2ProtocolOptions: {} } },
  }),
};

/** How a cluster is spoken to; without options Envoy speaks HTTP/1.1, and TCP chains carry bytes whatever they say. */
const options = {
  http: undefined,
  http2,
  grpc: http2,
  tcp: undefined,
} satisfies Record<PortProtocol, ClusterInit['typedExtensionProtocolOptions']>;

/** Makes a cluster speak a listener's protocol. */
export function speak(protocol: PortProtocol, out: ClusterInit): void {
  const chosen = options[protocol];
  if (chosen !== undefined) out.typedExtensionProtocolOptions = chosen;
}
