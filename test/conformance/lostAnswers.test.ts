import { describe, expect, test } from 'vitest';
import { resourceIn } from './clients/client.ts';
import { stockClients } from './clients/stockClients.ts';
import { connected } from './connected.ts';
import { cuttingProxy } from './cuttingProxy.ts';

describe.each(stockClients)('%s', (_title, connect) => {
  const api = connected(connect);

  test('sends a create and an update again when the answer is lost, and finds them done once', async () => {
    await using proxy = await cuttingProxy(api.system.apiUrl);
    const client = await connect(proxy.url);
    try {
      proxy.cutNext(2);
      const created = resourceIn(await client.call('CreateMesh', { meshName: 'cut' }));
      proxy.cutNext(2);
      const updated = resourceIn(await client.call('UpdateMesh', { meshName: 'cut', spec: { egressFilter: { type: 'ALLOW_ALL' } } }));
      // Two lost answers and the one that came, each time; the client made up the token and kept it.
      const answered = api.system.answered.map(({ operation, status }) => `${operation} ${status}`);
      expect(answered).toEqual([...Array(3).fill('CreateMesh 200'), ...Array(3).fill('UpdateMesh 200')]);
      expect([created.metadata.version, updated.metadata.version]).toEqual([1, 2]);
      expect(await api.resource('DescribeMesh', { meshName: 'cut' })).toEqual(updated);
      expect(created.metadata.uid).toBe(updated.metadata.uid);
    } finally {
      await client.close();
    }
  });
});
