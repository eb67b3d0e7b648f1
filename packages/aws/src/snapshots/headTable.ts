import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { type Head, SnapshotUnreadable } from '@meshwright/snapshot';
import { sortableName } from '../dynamo/keys.ts';
import { fromRow, HEADS_PARTITION, toRow } from './headRow.ts';

/** Reads and moves the heads in a table made from `headsTable`. */
export class HeadTable {
  readonly #client: DynamoDBDocumentClient;
  readonly #table: string;

  constructor(client: DynamoDBClient, table: string) {
    // Revs and generations pass what a JavaScript number can tell apart.
    this.#client = DynamoDBDocumentClient.from(client, { unmarshallOptions: { wrapNumbers: BigInt } });
    this.#table = table;
  }

  /** Strongly consistent: what was written before the question is in the answer. */
  async read(mesh: string): Promise<Head | undefined> {
    const { Item } = await this.#client.send(new GetCommand({ TableName: this.#table, Key: keyOf(mesh), ConsistentRead: true }));
    return Item === undefined ? undefined : fromRow(Item);
  }

  /**
   * All heads, as of about now: half the price of a consistent read, and each may be a moment old.
   * A page is up to 1 MB, about 2,500 meshes; further ones are read one after the other.
   * @param onUnreadable told of a row that is no head; the others are answered.
   */
  async readAll(signal: AbortSignal, onUnreadable: (cause: SnapshotUnreadable) => void): Promise<readonly Head[]> {
    const heads: Head[] = [];
    let start: Record<string, unknown> | undefined;
    do {
      const query = new QueryCommand({
        TableName: this.#table,
        KeyConditionExpression: '#partition = :heads',
        ExpressionAttributeNames: { '#partition': 'partition' },
        ExpressionAttributeValues: { ':heads': HEADS_PARTITION },
        ExclusiveStartKey: start,
      });
      const { Items = [], LastEvaluatedKey } = await this.#client.send(query, { abortSignal: signal });
      for (const item of Items) heads.push(...readable(item, onUnreadable));
      start = LastEvaluatedKey;
    } while (start !== undefined);
    return heads;
  }

  /**
   * Moves a head, if it is still the one before; the table itself judges that, so that of several movers one wins.
   * @param writeId of this move alone: it is how a move is known again whose answer was lost and that was then tried once more.
   */
  async move(before: Head | undefined, head: Head, writeId: string): Promise<boolean> {
    const row = Object.entries(toRow(head, writeId));
    const gone = head.held === undefined ? ' REMOVE #held' : '';
    const update = new UpdateCommand({
      TableName: this.#table,
      Key: keyOf(head.mesh),
      // An update, for a newer build may have put attributes beside these.
      UpdateExpression: `SET ${row.map(([name]) => `#${name} = :${name}`).join(', ')}${gone}`,
      ConditionExpression: before === undefined ? 'attribute_not_exists(#rev)' : '#rev = :before',
      ExpressionAttributeNames: Object.fromEntries([...row.map(([name]) => name), 'held'].map((name) => [`#${name}`, name])),
      ExpressionAttributeValues: {
        ...Object.fromEntries(row.map(([name, value]) => [`:${name}`, value])),
        ...(before && { ':before': before.rev }),
      },
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    try {
      await this.#client.send(update);
      return true;
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
      return error.Item?.writeId?.S === writeId;
    }
  }
}

function keyOf(mesh: string): Readonly<Record<string, string>> {
  return { partition: HEADS_PARTITION, mesh: sortableName(mesh) };
}

function readable(item: Readonly<Record<string, unknown>>, onUnreadable: (cause: SnapshotUnreadable) => void): readonly Head[] {
  try {
    return [fromRow(item)];
  } catch (error) {
    if (!(error instanceof SnapshotUnreadable)) throw error;
    onUnreadable(error);
    return [];
  }
}
