import { meshStoreContract } from '@meshwright/model/testing';
import { afterAll, beforeAll } from 'vitest';
import { describeWith } from '../setup/requires.ts';
import { type DynamoDbLocal, startDynamoDbLocal } from './dynamoDbLocal.ts';

describeWith(['DynamoDB Local'], 'DynamoStore', () => {
  let dynamoDb: DynamoDbLocal;
  beforeAll(async () => {
    dynamoDb = await startDynamoDbLocal();
  });
  afterAll(() => dynamoDb?.stop());

  meshStoreContract('DynamoDB Local', async () => {
    const table = await dynamoDb.makeTable();
    return { store: table.store(), reopen: async () => table.store(), close: () => table.drop() };
  });
});
