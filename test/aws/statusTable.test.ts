import { randomUUID } from 'node:crypto';
import { CreateTableCommand, DeleteTableCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { DynamoStatusTable, statusTable } from '@meshwright/aws';
import { StatusUnavailable } from '@meshwright/snapshot';
import { sampleSession, statusTableContract } from '@meshwright/snapshot/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeWith } from '../setup/requires.ts';
import { clientAt, type DynamoDbLocal, startDynamoDbLocal } from './dynamoDbLocal.ts';

describeWith(['DynamoDB Local'], 'DynamoStatusTable', () => {
  let dynamoDb: DynamoDbLocal;
  beforeAll(async () => {
    dynamoDb = await startDynamoDbLocal();
  });
  afterAll(() => dynamoDb?.stop());

  const makeTable = async (): Promise<string> => {
    const { TimeToLiveSpecification: _, ...definition } = statusTable;
    const name = `status-${randomUUID()}`;
    await dynamoDb.client.send(new CreateTableCommand({ TableName: name, ...definition }));
    return name;
  };

  statusTableContract('DynamoDB Local', async (now) => {
    const { client } = dynamoDb;
    const table = await makeTable();
    return {
      table: new DynamoStatusTable({ client, table, now }),
      reopen: async () => new DynamoStatusTable({ client, table, now }),
      close: async () => void (await client.send(new DeleteTableCommand({ TableName: table }))),
    };
  });

  test('every row says when it may go', async () => {
    const table = await makeTable();
    const status = new DynamoStatusTable({ client: dynamoDb.client, table, now: () => 0 });
    await status.report({ relay: 'r1', staleAt: 30_000, keptUntil: 3_600_000, sessions: [sampleSession()], forgotten: [] });
    const { Items = [] } = await dynamoDb.client.send(new ScanCommand({ TableName: table }));
    expect(Items.map(({ ttl }) => ttl?.N).sort()).toEqual(['3600', '3630']);
  });

  test('a table that is away cannot be written or read, and says so', async () => {
    const client = clientAt('http://127.0.0.1:1', { maxAttempts: 1 });
    const status = new DynamoStatusTable({ client, table: 'status', now: Date.now });
    const report = { relay: 'r1', staleAt: 0, keptUntil: 0, sessions: [], forgotten: [] };
    await expect(status.report(report)).rejects.toThrow(StatusUnavailable);
    await expect(status.sessions('1/apps')).rejects.toThrow(StatusUnavailable);
    client.destroy();
  });
});
