import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchWriteCommand,
  type BatchWriteCommandInput,
  DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
  type QueryCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { type RelayReport, type SessionStatus, type StatusTable, StatusUnavailable } from '@meshwright/snapshot';
import { isOfClient } from '../clientError.ts';
import { SILENT_INDEX } from './statusTable.ts';

/** What a `DynamoStatusTable` works with. */
export interface DynamoStatusTableParts {
  /** Made with `requestBounds`, or a report may wait for ever for an answer. */
  readonly client: DynamoDBClient;
  /** Name or ARN of a table made as `statusTable` says. */
  readonly table: string;
  /** Epoch milliseconds. */
  readonly now: () => number;
}

/** Most writes DynamoDB takes in one request. */
const BATCH = 25;
/** Rows of nodes that are not known, and of relays: no mesh is called so, for those have an owner and a slash. */
const UNKNOWN = 'unknown';
const RELAYS = 'relays';
/** A relay's row outlives its heartbeat by an hour: it is read as gone before, and removed some time after. */
const RELAY_KEPT_MILLIS = 3_600_000;

interface Row {
  readonly pk: string;
  readonly sk: string;
  readonly relay: string;
  readonly keptUntil: number;
  /** The session as JSON. */
  readonly status: string;
}

/** A `StatusTable` in DynamoDB; rows go by themselves when no relay tells of them any more. */
export class DynamoStatusTable implements StatusTable {
  readonly #parts: DynamoStatusTableParts;
  readonly #client: DynamoDBDocumentClient;

  constructor(parts: DynamoStatusTableParts) {
    this.#parts = parts;
    this.#client = DynamoDBDocumentClient.from(parts.client);
  }

  async report({ relay, staleAt, keptUntil, sessions, forgotten }: RelayReport): Promise<void> {
    const writes = [
      ...sessions.map((session) => ({ PutRequest: { Item: rowOf(session, keptUntil) } })),
      ...forgotten.map(({ mesh, id }) => ({ DeleteRequest: { Key: keyOf(relay, mesh, id) } })),
    ];
    await this.#use(async () => {
      for (let first = 0; first < writes.length; first += BATCH) await this.#write(writes.slice(first, first + BATCH));
      // Last: what a new relay tells is whole when it is told.
      const Item = { pk: RELAYS, sk: relay, staleAt, ttl: seconds(Math.max(staleAt, this.#parts.now()) + RELAY_KEPT_MILLIS) };
      await this.#client.send(new PutCommand({ TableName: this.#parts.table, Item }));
    });
  }

  async sessions(mesh: string): Promise<readonly SessionStatus[]> {
    return await this.#told({ KeyConditionExpression: 'pk = :pk', ExpressionAttributeValues: { ':pk': mesh } });
  }

  async silent(): Promise<readonly SessionStatus[]> {
    const condition = { KeyConditionExpression: '#silent = :yes', ExpressionAttributeNames: { '#silent': SILENT_INDEX } };
    return await this.#told({ IndexName: SILENT_INDEX, ...condition, ExpressionAttributeValues: { ':yes': 'yes' } });
  }

  async #told(query: Omit<QueryCommandInput, 'TableName'>): Promise<readonly SessionStatus[]> {
    return await this.#use(async () => {
      const now = this.#parts.now();
      const [rows, relays] = await Promise.all([this.#query<Row>(query), this.#relays(now)]);
      const current = rows.filter(({ relay, keptUntil }) => relays.has(relay) && keptUntil > now);
      return current.map(({ status }) => JSON.parse(status) as SessionStatus);
    });
  }

  async #relays(now: number): Promise<ReadonlySet<string>> {
    const rows = await this.#query<{ readonly sk: string; readonly staleAt: number }>({
      KeyConditionExpression: 'pk = :pk',
      ExpressionAttributeValues: { ':pk': RELAYS },
    });
    return new Set(rows.filter(({ staleAt }) => staleAt > now).map(({ sk }) => sk));
  }

  async #query<T>(query: Omit<QueryCommandInput, 'TableName'>): Promise<readonly T[]> {
    const rows: T[] = [];
    for (let start: Record<string, unknown> | undefined; ; ) {
      // What was written a moment ago may be missing, at half the price: it is there with the next look.
      const page = new QueryCommand({ ...query, TableName: this.#parts.table, ExclusiveStartKey: start });
      const { Items = [], LastEvaluatedKey } = await this.#client.send(page);
      rows.push(...(Items as T[]));
      if (LastEvaluatedKey === undefined) return rows;
      start = LastEvaluatedKey;
    }
  }

  /** What the table is too busy for is left: the reporter tells it again, later. */
  async #write(writes: NonNullable<BatchWriteCommandInput['RequestItems']>[string]): Promise<void> {
    const { table } = this.#parts;
    const { UnprocessedItems = {} } = await this.#client.send(new BatchWriteCommand({ RequestItems: { [table]: writes } }));
    const left = Object.values(UnprocessedItems).flat().length;
    if (left > 0)
      throw new StatusUnavailable(`status table ${table} took all but ${left} of ${writes.length} rows: it is asked for too much`);
  }

  async #use<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      if (!isOfClient(cause)) throw cause;
      const { table } = this.#parts;
      throw new StatusUnavailable(`status table ${table} gives no answer (${cause.name}: ${cause.message})`, { cause });
    }
  }
}

function rowOf(session: SessionStatus, keptUntil: number): Record<string, unknown> {
  const { relay, mesh, id, silence } = session;
  const silent = silence === undefined ? {} : { [SILENT_INDEX]: 'yes' };
  return { ...keyOf(relay, mesh, id), relay, keptUntil, ttl: seconds(keptUntil), ...silent, status: JSON.stringify(session) };
}

function keyOf(relay: string, mesh: string | undefined, id: string): Pick<Row, 'pk' | 'sk'> {
  return { pk: mesh ?? UNKNOWN, sk: `${id}#${relay}` };
}

/** Time to live counts in them. */
function seconds(epochMillis: number): number {
  return Math.ceil(epochMillis / 1_000);
}
