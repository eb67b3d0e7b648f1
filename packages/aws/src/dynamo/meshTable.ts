import type { CreateTableCommandInput, UpdateTimeToLiveCommandInput } from '@aws-sdk/client-dynamodb';

/** Name of the attribute that holds when an item may be removed, in epoch seconds. */
const TTL_ATTRIBUTE = 'ttl';

/**
 * What the table of a `DynamoStore` is made with, in the words of CreateTable and UpdateTimeToLive; it has no secondary index.
 * The stream carries keys only: it says which mesh changed, and the state is read consistently from the table.
 */
export const meshTable: Pick<CreateTableCommandInput, 'KeySchema' | 'AttributeDefinitions' | 'StreamSpecification' | 'BillingMode'> &
  Pick<UpdateTimeToLiveCommandInput, 'TimeToLiveSpecification'> = {
  KeySchema: [
    { AttributeName: 'pk', KeyType: 'HASH' },
    { AttributeName: 'sk', KeyType: 'RANGE' },
  ],
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'sk', AttributeType: 'S' },
  ],
  StreamSpecification: { StreamEnabled: true, StreamViewType: 'KEYS_ONLY' },
  BillingMode: 'PAY_PER_REQUEST',
  TimeToLiveSpecification: { AttributeName: TTL_ATTRIBUTE, Enabled: true },
};
