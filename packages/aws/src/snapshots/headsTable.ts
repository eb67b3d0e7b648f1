import type { CreateTableCommandInput } from '@aws-sdk/client-dynamodb';

/** How the heads table is made: `new CreateTableCommand({ ...headsTable, TableName })`. Every relay and publisher shares it. */
export const headsTable = {
  KeySchema: [
    { AttributeName: 'partition', KeyType: 'HASH' },
    { AttributeName: 'mesh', KeyType: 'RANGE' },
  ],
  AttributeDefinitions: [
    { AttributeName: 'partition', AttributeType: 'S' },
    { AttributeName: 'mesh', AttributeType: 'S' },
  ],
  // Reads follow the number of relays, writes that of commits: neither is known beforehand.
  BillingMode: 'PAY_PER_REQUEST',
} satisfies Omit<CreateTableCommandInput, 'TableName'>;
