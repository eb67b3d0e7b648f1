import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalServer, loadSample, startLocal } from '@meshwright/local';
import { AdsClient } from '../relay/adsClient.ts';

/** The sample is seven writes: the last one's revision. */
const COMPLETE = 7n;

/** A control plane whose sample mesh is published in whole, and a client of its relay. */
export interface SampleServer {
  readonly server: LocalServer;
  readonly client: AdsClient;
  /** Ends both, and removes what they stored. */
  end(): Promise<void>;
}

/** Starts one on free ports and a data folder of its own. */
export async function startSampleServer(): Promise<SampleServer> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'meshwright-fleet-'));
  const complete = Promise.withResolvers<void>();
  const server = await startLocal({
    apiPort: 0,
    xdsPort: 0,
    dataFolder,
    onPublished: ({ result }) => {
      if ('version' in result && result.version.n === COMPLETE) complete.resolve();
    },
  });
  await loadSample(server.apiUrl);
  await complete.promise;
  const client = new AdsClient(`127.0.0.1:${server.xdsPort}`);
  return {
    server,
    client,
    async end() {
      client.close();
      await server.close();
      await rm(dataFolder, { recursive: true });
    },
  };
}
