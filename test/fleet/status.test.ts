import { join } from 'node:path';
import { CLUSTER_TYPE } from '@meshwright/envoy-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { outcomeOf } from '../process/run.ts';
import { AdsClient } from '../relay/adsClient.ts';
import { snapshotOf } from './content.ts';
import { createMesh, startUngated, type UngatedControlPlane } from './controlPlane.ts';

const CLI = join(import.meta.dirname, '..', '..', 'packages', 'local', 'src', 'cli.ts');

let controlPlane: UngatedControlPlane;
let client: AdsClient;
beforeAll(async () => {
  controlPlane = await startUngated();
  await createMesh(controlPlane);
  await controlPlane.put(snapshotOf(1n));
  client = new AdsClient(`127.0.0.1:${controlPlane.xdsPort}`);
});
afterAll(async () => {
  client?.close();
  await controlPlane?.[Symbol.asyncDispose]();
});

const status = (...args: readonly string[]) => outcomeOf([process.execPath, CLI, 'status', '--api', controlPlane.apiUrl, ...args]);

test('nobody is connected: that is told, and no fault', async () => {
  expect(await status()).toMatchObject({ status: 0, stdout: 'no proxies\n', stderr: '' });
});

test('a proxy that is behind is a fault, for programs, too; one state can be asked for', async () => {
  const stream = client.sotw();
  stream.ask({ typeUrl: CLUSTER_TYPE, node: 'mesh/apps/virtualNode/a' });
  const clusters = await stream.next();
  const behind = await status('-o', 'json');
  expect(behind.status).toBe(1);
  expect(JSON.parse(behind.stdout)).toMatchObject({ proxies: [{ name: 'a', state: 'STALE' }], unknownNodes: [] });
  stream.ask({ typeUrl: CLUSTER_TYPE, nonce: clusters.nonce, version: clusters.version });
  expect(await status('--state', 'REJECTED')).toMatchObject({ status: 0, stdout: 'no proxies\n' });
  expect(await status('--state', 'synced')).toMatchObject({ status: 0, stdout: expect.stringMatching(/^1 proxy: 1 synced$/m) });
  expect(await status()).toMatchObject({ status: 0, stdout: expect.stringMatching(/apps virtualNode\/a +SYNCED +CDS✓/) });
});

test.each([
  [['--mesh', 'nowhere'], /^error: .*nowhere/],
  [
    ['--api', 'http://127.0.0.1:2'],
    /^error: http:\/\/127\.0\.0\.1:2 gives no answer \(.*\): start a control plane there, or name another with --api$/m,
  ],
  [['--api', 'ftp://x'], /Write a URL/],
  [['-o', 'xml'], /Allowed choices are table, json/],
  [['--state', 'sinced'], /Allowed choices are SYNCED/],
  [['--nonsense'], /unknown option/],
] as const)('%j is answered on standard error, with 2', async (args, says) => {
  expect(await status(...args)).toMatchObject({ status: 2, stdout: '', stderr: expect.stringMatching(says) });
});
