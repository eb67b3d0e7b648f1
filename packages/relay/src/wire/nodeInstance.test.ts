import { create, fromJson, type JsonObject, toBinary } from '@bufbuild/protobuf';
import { StructSchema } from '@bufbuild/protobuf/wkt';
import { NodeSchema } from '@meshwright/envoy-api/gen/envoy/config/core/v3/base_pb.js';
import { describe, expect, it } from 'vitest';
import { nodeInstance } from './nodeInstance.ts';
import { Malformed } from './reader.ts';
import { decodeNode } from './requests.ts';

const encoded = (metadata: JsonObject): Uint8Array => toBinary(StructSchema, fromJson(StructSchema, metadata));
const TASK = 'arn:aws:ecs:us-east-1:123456789012:task/apps/0123456789abcdef0123456789abcdef';

const ecs = {
  'aws.appmesh.platformInfo': { AvailabilityZone: 'us-east-1a', ecsPlatformInfo: { ecsLaunchType: 'FARGATE', ecsTaskArn: TASK } },
};
const pod = { 'aws.appmesh.platformInfo': { k8sPlatformInfo: { podUid: 'b2c4' } } };
const addresses = {
  'aws.appmesh.task.interfaces': { ipv4: { lo: [], eth0: ['10.0.0.7/24', '10.0.0.8/24'] }, ipv6: { eth0: ['fd00::7/64'] } },
};

describe('what tells a proxy from its replicas', () => {
  it.each([
    ['its ECS task', { ...addresses, ...ecs }, TASK],
    ['its pod', { ...addresses, ...pod }, 'b2c4'],
    ['its address', addresses, '10.0.0.7'],
    ['its IPv6 address', { 'aws.appmesh.task.interfaces': { ipv4: {}, ipv6: { eth0: ['fd00::7/64'] } } }, 'fd00::7'],
    ['nothing', { other: 1, 'aws.appmesh.platformInfo': 'text' }, undefined],
    ['nothing that is empty', { 'aws.appmesh.platformInfo': { k8sPlatformInfo: { podUid: '' } } }, undefined],
    ['nothing that is no text', { 'aws.appmesh.platformInfo': { k8sPlatformInfo: { podUid: 7 } } }, undefined],
    [
      'nothing that is longer than any of them',
      { 'aws.appmesh.platformInfo': { k8sPlatformInfo: { podUid: 'x'.repeat(513) } } },
      undefined,
    ],
  ])('is %s', (_what, metadata, instance) => {
    expect(nodeInstance(encoded(metadata))).toBe(instance);
  });

  it('comes with the node', () => {
    const node = toBinary(NodeSchema, create(NodeSchema, { id: 'n', metadata: ecs }));
    expect(decodeNode(node)).toMatchObject({ id: 'n', instance: TASK });
  });

  it('is not looked for in what is no metadata', () => {
    expect(() => nodeInstance(Uint8Array.from([0x0a, 0x7f]))).toThrow(Malformed);
  });
});
