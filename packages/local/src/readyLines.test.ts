import { expect, it } from 'vitest';
import { readyLines } from './readyLines.ts';

const server = { apiUrl: 'http://127.0.0.1:1', xdsPort: 2 };

it.each([
  [true, 'mesh/apps/virtualNode/servicea'],
  [false, 'mesh/MESH/virtualNode/NAME'],
])('name no node that is not there (sample: %s)', (hasSample, node) => {
  expect(readyLines(server, { region: 'us-east-1', hasSample })).toEqual([
    'ready api=http://127.0.0.1:1 xds=127.0.0.1:2',
    expect.stringMatching(/^AWS_ACCESS_KEY_ID=local .* --region us-east-1 --endpoint-url http:\/\/127\.0\.0\.1:1$/),
    'endpoints { appmesh = "http://127.0.0.1:1" }',
    `npx meshwright bootstrap --node ${node} --xds 127.0.0.1:2 > envoy.json && envoy -c envoy.json --use-dynamic-base-id`,
  ]);
});
