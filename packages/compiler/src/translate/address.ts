import type { Init } from '@meshwright/envoy-api';
import type { AddressSchema } from '@meshwright/envoy-api/gen/envoy/config/core/v3/address_pb.js';

/** A TCP address. */
export function socketAddress(address: string, port: number): Init<typeof AddressSchema> {
  return { address: { case: 'socketAddress', value: { address, portSpecifier: { case: 'portValue', value: port } } } };
}
