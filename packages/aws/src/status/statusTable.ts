import type { CreateTableCommandInput, UpdateTimeToLiveCommandInput } from '@aws-sdk/client-dynamodb';

/** Name of the attribute that holds when an item may be removed, in epoch seconds. */
const TTL_ATTRIBUTE = 'ttl';
/** The index of sessions that are sent nothing; others are not in it. */
export const SILENT_INDEX = 'silent';

/**
 * What the table of a `DynamoStatusTable` is made with, in the words of CreateTable and UpdateTimeToLive. A table of its own: what
 * proxies say takes nothing from what meshes may write.
 */
export const statusTable: Pick<CreateTableCommandInput, 'KeySchema' | 'AttributeDefinitions' | 'GlobalSecondaryIndexes' | 'BillingMode'> &
  Pick<UpdateTimeToLiveCommandInput, 'TimeToLiveSpecification'> = {
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
    { AttributeName: SILENT_INDEX, AttributeType: 'S' },
  ],
  GlobalSecondaryIndexes: [
    {
      IndexName: SILENT_INDEX,
      KeySchema: [
        { AttributeName: SILENT_INDEX, KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'ALL' },
    },
  ],
  BillingMode: 'PAY_PER_REQUEST',
  TimeToLiveSpecification: { AttributeName: TTL_ATTRIBUTE, Enabled: true },
};
