import { create, equals, fromBinary, toBinary } from '@bufbuild/protobuf';
import { AnySchema } from '@bufbuild/protobuf/wkt';
import { ENDPOINT_TYPE } from '@meshwright/envoy-api';
import { NodeSchema } from '@meshwright/envoy-api/gen/envoy/config/core/v3/base_pb.js';
import { ClusterLoadAssignmentSchema } from '@meshwright/envoy-api/gen/envoy/config/endpoint/v3/endpoint_pb.js';
import {
  DeltaDiscoveryRequestSchema,
  DeltaDiscoveryResponseSchema,
  DiscoveryRequestSchema,
  DiscoveryResponseSchema,
} from '@meshwright/envoy-api/gen/envoy/service/discovery/v3/discovery_pb.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Malformed } from './reader.ts';
import { decodeDeltaRequest, decodeNames, decodeNode, decodeNodeId, decodeSotwRequest } from './requests.ts';
import { encodeDeltaResponse, encodeEmptyAssignment, encodeSotwResponse } from './responses.ts';

const node = create(NodeSchema, {
  id: 'mesh/apps/virtualNode/a',
  cluster: 'apps',
  userAgentName: 'envoy',
  userAgentVersionType: { case: 'userAgentBuildVersion', value: { version: { majorNumber: 1, minorNumber: 40, patch: 2 } } },
  extensions: [{ name: 'one', category: 'two' }],
});

describe('requests', () => {
  it('are read as any other reader of the messages reads them', () => {
    fc.assert(
      fc.property(
        fc.record({
          versionInfo: fc.string(),
          typeUrl: fc.string({ minLength: 1 }),
          responseNonce: fc.string(),
          resourceNames: fc.array(fc.string()),
        }),
        fc.option(fc.string(), { nil: undefined }),
        (fields, error) => {
          const detail = error === undefined ? {} : { errorDetail: { code: 3, message: error } };
          const message = create(DiscoveryRequestSchema, { ...fields, ...detail, node });
          const request = decodeSotwRequest(toBinary(DiscoveryRequestSchema, message));
          expect(request).toMatchObject({ version: fields.versionInfo, typeUrl: fields.typeUrl, nonce: fields.responseNonce, error });
          expect(decodeNames(request.names)).toEqual(fields.resourceNames);
          expect(decodeNode(request.node ?? Buffer.alloc(0))).toEqual({ id: node.id, cluster: node.cluster, envoyVersion: '1.40.2' });
        },
      ),
    );
  });

  it('of delta likewise', () => {
    const resourceVersions = fc.dictionary(fc.string(), fc.string(), { noNullPrototype: true });
    fc.assert(
      fc.property(fc.array(fc.string()), fc.array(fc.string()), resourceVersions, (subscribe, unsubscribe, versions) => {
        const lists = { resourceNamesSubscribe: subscribe, resourceNamesUnsubscribe: unsubscribe, initialResourceVersions: versions };
        const message = create(DeltaDiscoveryRequestSchema, { ...lists, typeUrl: 't', responseNonce: '7' });
        const request = decodeDeltaRequest(toBinary(DeltaDiscoveryRequestSchema, message));
        expect(request).toMatchObject({ subscribe, unsubscribe, nonce: '7', error: undefined, node: undefined });
        expect(Object.fromEntries(request.versions)).toEqual(versions);
      }),
    );
  });

  it('may have their names apart', () => {
    const part = (name: string) => toBinary(DiscoveryRequestSchema, create(DiscoveryRequestSchema, { resourceNames: [name] }));
    const type = toBinary(DiscoveryRequestSchema, create(DiscoveryRequestSchema, { typeUrl: 't' }));
    expect(decodeNames(decodeSotwRequest(Buffer.concat([part('a'), part('b'), type, part('c')])).names)).toEqual(['a', 'b', 'c']);
  });

  it('that are damaged are malformed, whatever the damage', () => {
    const whole = toBinary(DiscoveryRequestSchema, create(DiscoveryRequestSchema, { typeUrl: 't', resourceNames: ['a', 'b'], node }));
    const damaged = fc.oneof(
      fc.uint8Array({ maxLength: 64 }),
      fc.tuple(fc.nat(whole.length - 1), fc.nat(255)).map(([at, byte]) => whole.with(at, byte)),
      fc.nat(whole.length).map((length) => whole.slice(0, length)),
    );
    fc.assert(
      fc.property(damaged, (bytes) => {
        for (const read of [decodeSotwRequest, decodeDeltaRequest, decodeNode, decodeNodeId, decodeNames]) {
          try {
            read(bytes);
          } catch (error) {
            expect(error).toBeInstanceOf(Malformed);
          }
        }
      }),
      { numRuns: 5_000 },
    );
  });

  it('without a type are malformed', () => {
    expect(() => decodeSotwRequest(new Uint8Array())).toThrow('type_url is empty');
  });

  it('tell the id of a node without the rest of it', () => {
    expect(decodeNodeId(toBinary(NodeSchema, create(NodeSchema, node)))).toBe(node.id);
  });
});

describe('responses', () => {
  // Longer than one byte of length can tell.
  const value = new Uint8Array(300).fill(7);
  const bytes = toBinary(AnySchema, create(AnySchema, { typeUrl: 't', value }));

  it('are read as any other reader of the messages reads them', () => {
    const resources = [{ name: 'a', version: 'va', bytes }];
    const common = { version: 'v', typeUrl: 't', nonce: '12', resources };
    const any = create(AnySchema, { typeUrl: 't', value });
    const sotw = create(DiscoveryResponseSchema, { versionInfo: 'v', typeUrl: 't', nonce: '12', resources: [any] });
    expect([...encodeSotwResponse(common)]).toEqual([...toBinary(DiscoveryResponseSchema, sotw)]);
    const delta = create(DeltaDiscoveryResponseSchema, {
      systemVersionInfo: 'v',
      typeUrl: 't',
      nonce: '12',
      resources: [{ name: 'a', version: 'va', resource: any }],
      removedResources: ['b', 'c'],
    });
    const encoded = fromBinary(DeltaDiscoveryResponseSchema, encodeDeltaResponse({ ...common, removed: ['b', 'c'] }));
    expect(equals(DeltaDiscoveryResponseSchema, encoded, delta)).toBe(true);
  });

  it('have an empty assignment for a cluster without endpoints', () => {
    const any = fromBinary(AnySchema, encodeEmptyAssignment('apps'));
    expect(any.typeUrl).toBe(ENDPOINT_TYPE);
    expect(fromBinary(ClusterLoadAssignmentSchema, any.value)).toMatchObject({ clusterName: 'apps', endpoints: [] });
  });
});
