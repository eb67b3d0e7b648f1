import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { randomMesh } from './randomMesh.ts';

const MEMBERS = [
  ...['acm', 'awsCloudMap', 'backendDefaults', 'certificate', 'clientPolicy', 'connectionPool', 'dns'],
  ...['egressFilter', 'file', 'grpcRoute', 'healthCheck', 'http2Route', 'httpRoute', 'ipPreference', 'json', 'logging', 'maxConnections'],
  ...['maxPendingRequests', 'maxRequests', 'metadata', 'outlierDetection', 'priority', 'queryParameters', 'retryPolicy', 'rewrite', 'sds'],
  ...['subjectAlternativeNames', 'tcpRoute', 'timeout', 'tls', 'validation'],
];

test('random meshes hold every member of the model sooner or later', () => {
  const text = JSON.stringify(fc.sample(randomMesh(), { numRuns: 300, seed: 1 }));
  expect(MEMBERS.filter((member) => !text.includes(`"${member}":`))).toEqual([]);
});
