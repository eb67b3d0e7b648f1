import { ENDPOINT_TYPE } from '@meshwright/envoy-api';
import { bytesField, stringField, tagAndLength } from './writer.ts';

// Written by hand: resources go from the snapshot to the wire as they are, and a response is built once for all streams that
// get it. Field numbers: envoy/service/discovery/v3/discovery.proto.

/** One resource of a response. */
export interface WireResource {
  readonly name: string;
  readonly version: string;
  /** Encoded `google.protobuf.Any`. */
  readonly bytes: Uint8Array;
}

/** Encodes a DiscoveryResponse. */
export function encodeSotwResponse(response: {
  readonly version: string;
  readonly typeUrl: string;
  readonly nonce: string;
  readonly resources: readonly WireResource[];
}): Buffer {
  return Buffer.concat([
    stringField(1, response.version),
    ...response.resources.flatMap(({ bytes }) => bytesField(2, bytes)),
    stringField(4, response.typeUrl),
    stringField(5, response.nonce),
  ]);
}

/** Encodes a DeltaDiscoveryResponse. */
export function encodeDeltaResponse(response: {
  readonly version: string;
  readonly typeUrl: string;
  readonly nonce: string;
  readonly resources: readonly WireResource[];
  readonly removed: readonly string[];
}): Buffer {
  return Buffer.concat([
    stringField(1, response.version),
    ...response.resources.flatMap(deltaResource),
    stringField(4, response.typeUrl),
    stringField(5, response.nonce),
    ...response.removed.map((name) => stringField(6, name)),
  ]);
}

/** Encodes an empty ClusterLoadAssignment as Any: the answer for a cluster without endpoints. */
export function encodeEmptyAssignment(cluster: string): Buffer {
  const assignment = stringField(1, cluster);
  return Buffer.concat([stringField(1, ENDPOINT_TYPE), ...bytesField(2, assignment)]);
}

/** Encodes the names of a subscription as `resource_names` fields. */
export function encodeNames(names: readonly string[]): Buffer {
  return Buffer.concat(names.map((name) => stringField(3, name)));
}

function deltaResource({ name, version, bytes }: WireResource): Buffer[] {
  const head = [stringField(1, version), ...bytesField(2, bytes), stringField(3, name)];
  const length = head.reduce((sum, part) => sum + part.length, 0);
  return [tagAndLength(2, length), ...head];
}
