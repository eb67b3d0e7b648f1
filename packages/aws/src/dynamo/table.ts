import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
  TransactGetCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { MeshError } from '@meshwright/model';
import { isConflict, readFailure } from './failures.ts';
import type { ItemKey } from './keys.ts';

/** How often a transactional read is tried against transactions that are under way, which take milliseconds. */
const SETTLED_TRIES = 16;

/** Bounds of the wait before another try, in milliseconds; the wait itself is random between 0 and the bound. */
const FIRST_WAIT_MILLIS = 4;
const LONGEST_WAIT_MILLIS = 250;

/** What a `DynamoTable` works with. */
export interface TableParts {
  /** Its retries, region, credentials and time-outs are those of every request: made with `requestBounds`, or it may wait for ever for an answer. */
  readonly client: DynamoDBClient;
  /** Name or ARN of a table made as `meshTable` says. */
  readonly table: string;
  /** From 0 up to but not including 1. */
  random(): number;
  sleep(millis: number): Promise<void>;
}

/** Which items of a partition; without a range all. */
export interface Range {
  readonly partition: string;
  /** Only sort keys that begin so. */
  readonly prefix?: string;
  /** Only sort keys from the first to the second, both included. */
  readonly between?: readonly [string, string];
  /** Only sort keys after this one, which must be in the range. */
  readonly after?: string;
  /** Most items answered. */
  readonly limit?: number;
}

/** One write of a transaction. */
export type TransactWrite = NonNullable<TransactWriteCommandInput['TransactItems']>[number];

/** The table, read consistently. */
export class DynamoTable {
  readonly #parts: TableParts;
  readonly #client: DynamoDBDocumentClient;
  readonly name: string;

  constructor(parts: TableParts) {
    this.#parts = parts;
    this.name = parts.table;
    this.#client = DynamoDBDocumentClient.from(parts.client);
  }

  async get<T extends ItemKey>({ pk, sk }: ItemKey): Promise<T | undefined> {
    const command = new GetCommand({ TableName: this.name, Key: { pk, sk }, ConsistentRead: true });
    const { Item } = await this.#read(() => this.#client.send(command));
    return Item as T | undefined;
  }

  /** All items of a range, in the order of their sort keys. They are committed, but not of one moment. */
  async query<T extends ItemKey>(range: Range): Promise<readonly T[]> {
    const items: T[] = [];
    const most = range.limit ?? Number.POSITIVE_INFINITY;
    for (let start = startOf(range); ; ) {
      const page = { ...queryOf(this.name, range), ...(start && { ExclusiveStartKey: start }) };
      const { Items = [], LastEvaluatedKey } = await this.#read(() => this.#client.send(new QueryCommand(page)));
      items.push(...(Items as T[]));
      // A page ends after 1 MB, too.
      if (LastEvaluatedKey === undefined || items.length >= most) return items.slice(0, most);
      start = LastEvaluatedKey as ItemKey;
    }
  }

  /** How many items a partition has. */
  async count(partition: string): Promise<number> {
    let count = 0;
    for (let start: object | undefined; ; ) {
      const page = { ...queryOf(this.name, { partition }), Select: 'COUNT', ...(start && { ExclusiveStartKey: start }) } as const;
      const { Count = 0, LastEvaluatedKey } = await this.#read(() => this.#client.send(new QueryCommand(page)));
      count += Count;
      if (LastEvaluatedKey === undefined) return count;
      start = LastEvaluatedKey;
    }
  }

  /**
   * An item with no transaction on it under way: DynamoDB refuses a transactional read until the transaction has ended.
   * @throws MeshError `ServiceUnavailable` when there was always one.
   */
  async getSettled<T extends ItemKey>({ pk, sk }: ItemKey): Promise<T | undefined> {
    const read = { TransactItems: [{ Get: { TableName: this.name, Key: { pk, sk } } }] };
    for (let tries = 1, bound = FIRST_WAIT_MILLIS; ; tries++, bound = Math.min(2 * bound, LONGEST_WAIT_MILLIS)) {
      try {
        const { Responses: [answer] = [] } = await this.#client.send(new TransactGetCommand(read));
        return answer?.Item as T | undefined;
      } catch (error) {
        if (!isConflict(error)) throw readFailure(error);
        if (tries === SETTLED_TRIES) throw alwaysBusy(sk, error);
        await this.#parts.sleep(this.#parts.random() * bound);
      }
    }
  }

  /** @throws the client's own error: who writes must look closely at what failed. */
  async put(item: ItemKey): Promise<void> {
    await this.#client.send(new PutCommand({ TableName: this.name, Item: item }));
  }

  /**
   * All writes or none.
   *
   * The client makes a ClientRequestToken for each call and sends it with each of its tries, so that a try after one whose answer was
   * lost is answered as that one. It is not the write id: a request that is judged again writes other items under the same write id,
   * which DynamoDB would refuse as a mismatch for ten minutes. Across calls the log tells.
   * @throws as `put`.
   */
  async transact(writes: readonly TransactWrite[]): Promise<void> {
    await this.#client.send(new TransactWriteCommand({ TransactItems: [...writes] }));
  }

  async #read<T>(send: () => Promise<T>): Promise<T> {
    try {
      return await send();
    } catch (error) {
      throw readFailure(error);
    }
  }
}

function startOf({ partition, after }: Range): ItemKey | undefined {
  return after === undefined ? undefined : { pk: partition, sk: after };
}

function queryOf(table: string, { partition, prefix, between, limit }: Range): QueryCommandInput {
  const conditions = ['pk = :pk'];
  if (prefix !== undefined) conditions.push('begins_with(sk, :prefix)');
  if (between !== undefined) conditions.push('sk BETWEEN :first AND :last');
  return {
    TableName: table,
    ConsistentRead: true,
    KeyConditionExpression: conditions.join(' AND '),
    ExpressionAttributeValues: {
      ':pk': partition,
      ...(prefix !== undefined && { ':prefix': prefix }),
      ...(between !== undefined && { ':first': between[0], ':last': between[1] }),
    },
    ...(limit !== undefined && { Limit: limit }),
  };
}

function alwaysBusy(item: string, cause: unknown): MeshError {
  const message = `The store cannot answer: with each of ${SETTLED_TRIES} tries a commit was under way on the item ${item}: try again.`;
  return new MeshError('ServiceUnavailable', message, { cause, isUndone: true });
}
