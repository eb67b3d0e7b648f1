import { describe, expect, it } from 'vitest';
import type { MeshReplica, ReplicaSource } from './replica.ts';
import { MeshReplicas } from './replicas.ts';
import type { MeshKey } from './resource.ts';
import { nodeResource } from './testing/sampleResources.ts';

/** A store of meshes with as many nodes as their names say. */
const store: ReplicaSource = {
  load: async (mesh) => {
    const count = Number(mesh.mesh.split('-')[1]);
    return count === 0
      ? undefined
      : { mesh, generation: 1n, resources: Array.from({ length: count }, (_, index) => nodeResource(`n${index}`)) };
  },
  changesSince: async () => [],
};

function mesh(name: string): MeshKey {
  return { owner: '123456789012', mesh: name };
}

/** Reads a mesh, and answers its replica to tell whether it is the same one later. */
function read(replicas: MeshReplicas, name: string): Promise<MeshReplica> {
  return replicas.use(mesh(name), async (replica) => {
    await replica.catchUp();
    return replica;
  });
}

describe('MeshReplicas', () => {
  it('lends the same replica to all who use a mesh, now and later', async () => {
    const replicas = new MeshReplicas(store);
    const [first, second] = await Promise.all([read(replicas, 'a-1'), read(replicas, 'a-1')]);
    expect(second).toBe(first);
    expect(await read(replicas, 'a-1')).toBe(first);
    expect(await read(replicas, 'b-1')).not.toBe(first);
  });

  it('drops the mesh that was longest unused when there are too many', async () => {
    const replicas = new MeshReplicas(store, { meshes: 2, resources: 100 });
    const [a, b] = [await read(replicas, 'a-1'), await read(replicas, 'b-1')];
    await read(replicas, 'a-1');
    await read(replicas, 'c-1');
    expect(await read(replicas, 'a-1')).toBe(a);
    expect(await read(replicas, 'b-1')).not.toBe(b);
  });

  it('drops as many meshes as it takes when they hold too much, but not the last one', async () => {
    const replicas = new MeshReplicas(store, { meshes: 10, resources: 10 });
    const small = await read(replicas, 'a-3');
    await read(replicas, 'b-3');
    const large = await read(replicas, 'c-11');
    expect(await read(replicas, 'c-11')).toBe(large);
    expect(await read(replicas, 'a-3')).not.toBe(small);
  });

  it('keeps a mesh that is in use, whatever else is read', async () => {
    const replicas = new MeshReplicas(store, { meshes: 1, resources: 100 });
    const { promise: released, resolve: release } = Promise.withResolvers<void>();
    const { promise: lent, resolve: lend } = Promise.withResolvers<MeshReplica>();
    const using = replicas.use(mesh('a-1'), async (replica) => {
      await replica.catchUp();
      lend(replica);
      await released;
    });
    const replica = await lent;
    for (const other of ['b-1', 'c-1', 'd-1']) await read(replicas, other);
    expect(await read(replicas, 'a-1')).toBe(replica);
    release();
    await using;
  });

  it('gives a replica back when the work with it fails, and forgets meshes that never were', async () => {
    const replicas = new MeshReplicas(store);
    await expect(replicas.use(mesh('a-1'), () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    const unknown = await read(replicas, 'x-0');
    expect([unknown.generation, await read(replicas, 'x-0')]).toEqual([0n, expect.anything()]);
    expect(await read(replicas, 'x-0')).not.toBe(unknown);
  });
});
