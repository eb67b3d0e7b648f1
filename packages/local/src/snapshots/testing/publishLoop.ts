// Publishes without end, to be killed: `node publishLoop.ts FOLDER MESH`; writes a line with the head's rev after each publish.
import { flushCompileCache } from 'node:module';
import { sampleSnapshot } from '@meshwright/snapshot/testing';
import { FileSnapshots } from '../fileSnapshots.ts';

const [folder, mesh] = process.argv.slice(2);
if (folder === undefined || mesh === undefined) throw new Error('Usage: publishLoop.ts FOLDER MESH');
// What is kept only at the end, who is killed never keeps.
flushCompileCache();
const store = await FileSnapshots.open(folder);
for (;;) {
  const head = await store.head(mesh);
  const n = (head?.latest.version.n ?? 0n) + 1n;
  // Every third version has the content of the one before, so that heads move without an object too.
  await store.publish(sampleSnapshot({ mesh, version: { n }, content: `${n - (n % 3n === 0n ? 1n : 0n)}`, proxies: 20 }), head?.latest);
  process.stdout.write(`${(await store.head(mesh))?.rev}\n`);
}
