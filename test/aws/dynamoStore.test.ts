import { type MeshStoreSetup, meshStoreContract } from '@meshwright/model/testing';
import { afterAll, beforeAll, inject } from 'vitest';
import { describeWith } from '../setup/requires.ts';
import { clientAt, type DynamoDbLocal, requireConsistentReads, startDynamoDbLocal } from './dynamoDbLocal.ts';

describeWith(['DynamoDB Local'], 'DynamoStore', () => {
  let dynamoDb: DynamoDbLocal;
  beforeAll(async () => {
    dynamoDb = await startDynamoDbLocal();
  });
  afterAll(() => dynamoDb?.stop());

  const make = async (): Promise<MeshStoreSetup> => {
    const table = await dynamoDb.makeTable();
    const client = clientAt(dynamoDb.endpoint);
    requireConsistentReads(client);
    const open = () => table.store({ client });
    return {
      store: open(),
      reopen: async () => open(),
      async close() {
        client.destroy();
        await table.drop();
      },
    };
  };
  // A transaction takes 10 to 40 ms here.
  meshStoreContract('DynamoDB Local', make, inject('effort') > 1 ? {} : { writesPerWriter: 1, histories: 15 });
});
