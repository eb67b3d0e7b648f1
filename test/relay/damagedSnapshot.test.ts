import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLUSTER_TYPE } from '@meshwright/envoy-api';
import { type LocalServer, loadSample, startLocal } from '@meshwright/local';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { AdsClient } from './adsClient.ts';

const NODE = 'mesh/apps/virtualNode/serviceb';

let dataFolder: string;
let server: LocalServer;
let client: AdsClient;
beforeEach(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'meshwright-damaged-'));
  const sevenRevisions = Promise.withResolvers<void>();
  server = await startLocal({
    apiPort: 0,
    xdsPort: 0,
    dataFolder,
    onPublished: ({ result }) => {
      if ('version' in result && result.version.n === 7n) sevenRevisions.resolve();
    },
  });
  await loadSample(server.apiUrl);
  await sevenRevisions.promise;
  client = new AdsClient(`127.0.0.1:${server.xdsPort}`);
});
afterEach(async () => {
  client.close();
  await server.close();
  await rm(dataFolder, { recursive: true });
});

it('is served to a proxy that comes after the damage, without a commit and without a restart', async () => {
  const snapshots = join(dataFolder, 'snapshots');
  const files = await readdir(snapshots, { recursive: true });
  for (const file of files.filter((name) => name.endsWith('.snapshot'))) await writeFile(join(snapshots, file), 'damaged');
  const stream = client.sotw();
  stream.ask({ typeUrl: CLUSTER_TYPE, node: NODE });
  expect(await stream.next()).toMatchObject({ typeUrl: CLUSTER_TYPE });
});
