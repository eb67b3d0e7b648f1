// A server that is measured, in a process of its own so that its work is its own: prints its port as soon as it serves and, whenever
// it gets a message, the CPU time it has used; ends with its parent.
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { type Api, createApi } from '@meshwright/api';
import { SqliteStore, serveApi, startLocal } from '@meshwright/local';
import { MeshReplicas } from '@meshwright/model';
import { writerOn } from '@meshwright/model/testing';

/**
 * What it is: `http` = the HTTP server with one answer to everything; `api` = the API on the embedded store;
 * `local` = all that `npm start` starts, which compiles and publishes after each write.
 */
export type ServerKind = 'http' | 'api' | 'local';

const identity = { account: '123456789012', region: 'us-east-1', partition: 'aws' };
const [kind, folder = ''] = process.argv.slice(2);

/** As long an answer as one about a virtual node. */
const text = JSON.stringify({ virtualNode: 'x'.repeat(600) });
const constant: Api = {
  fetch: async (request) => {
    await request.arrayBuffer();
    return new Response(text, { headers: { 'content-type': 'application/json' } });
  },
  refuse: () => new Response(text, { status: 400 }),
};

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  process.stdout.write(`${user + system}\n`);
});
process.once('disconnect', () => process.exit());
process.stdout.write(`${await serve(kind as ServerKind)}\n`);

async function serve(kind: ServerKind): Promise<number> {
  if (kind === 'local') return Number(new URL((await startLocal({ apiPort: 0, xdsPort: 0, dataFolder: folder })).apiUrl).port);
  return (await serveApi(kind === 'api' ? apiOnStore() : constant, '127.0.0.1', 0)).port;
}

function apiOnStore(): Api {
  const store = SqliteStore.open(join(folder, 'mesh.db'));
  const writer = writerOn(store, { replicas: new MeshReplicas(store), identity, newUid: randomUUID });
  return createApi({ store, writer, identity, now: Date.now, newId: randomUUID });
}
