import { ENDPOINT_TYPE } from '@meshwright/envoy-api';
import type { TypeUrl } from '@meshwright/snapshot';

/** Type URL of secrets (SDS); they are never in a snapshot, so only the relay knows it. */
export const SECRET_TYPE = 'type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret';

/** Whether resources of a type are live data, outside versions: any part of them is an answer, and a reconnecting client gets them anew. */
export function isLive(typeUrl: TypeUrl): boolean {
  return typeUrl === ENDPOINT_TYPE || typeUrl === SECRET_TYPE;
}
