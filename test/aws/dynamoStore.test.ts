import { type MeshStoreSetup, meshStoreContract } from '@meshwright/model/testing';
import { afterAll, beforeAll, inject } from 'vitest';
import { describeWith } from '../setup/requires.ts';
import { type DynamoDbLocal, startDynamoDbLocal } from './dynamoDbLocal.ts';

describeWith(['DynamoDB Local'], 'DynamoStore', () => {
  let dynamoDb: DynamoDbLocal;
  beforeAll(async () => {
    dynamoDb = await startDynamoDbLocal();
  });
  afterAll(() => dynamoDb?.stop());

  const make = async (): Promise<MeshStoreSetup> => {
    const table = await dynamoDb.makeTable();
    return { store: table.store(), reopen: async () => table.store(), close: () => table.drop() };
  };
  // A transaction takes 10 to 40 ms here.
  meshStoreContract('DynamoDB Local', make, inject('effort') > 1 ? {} : { writesPerWriter: 1, histories: 15 });
});
