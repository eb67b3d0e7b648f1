import { writeSync } from 'node:fs';
import { flushCompileCache } from 'node:module';
import type { Change, Resource } from '@meshwright/model';
import { SqliteStore } from '../sqliteStore.ts';

// Run as a process of its own, to be killed: commits to the file for ever, and prints each generation once it is acknowledged.
const [path = ''] = process.argv.slice(2);
const mesh = { owner: '123456789012', mesh: 'apps' };
const store = SqliteStore.open(path);

/** All three nodes carry the version of the commit that wrote them: half a commit would show. */
function node(name: string, version: number): Resource {
  const metadata = { arn: '', uid: name, version, createdAt: 1, lastUpdatedAt: 1, meshOwner: mesh.owner, resourceOwner: mesh.owner };
  const spec = { serviceDiscovery: { dns: { hostname: 'x'.repeat(2000) } } };
  return { ref: { kind: 'virtualNode', mesh: mesh.mesh, name }, spec, metadata, tags: [] };
}

// What is kept only at the end, who is killed never keeps.
flushCompileCache();

for (;;) {
  const generation = await store.generation(mesh);
  const version = Number(generation) + 1;
  const changes = ['a', 'b', 'c'].map((name): Change => ({ ref: node(name, version).ref, after: node(name, version) }));
  const token = { key: `token-${version}`, bodyHash: 'h', answer: node('a', version), expiresAt: Number.MAX_SAFE_INTEGER };
  const outcome = await store.commit(mesh, generation, changes, {
    writeId: `w${version}`,
    at: version,
    author: 'tests',
    source: 'Test',
    token,
  });
  if (outcome.kind !== 'committed') throw new Error(`commit ${version}: ${outcome.kind}`);
  writeSync(1, `${outcome.generation}\n`);
}
