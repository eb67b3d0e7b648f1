import { join } from 'node:path';
import {
  type AttributeValue,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
  PutItemCommand,
  ScanCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import { DynamoStore, type DynamoStoreParts, meshTable } from '@meshwright/aws';
import { startProgram } from '../process/program.ts';
import { dynamoDbLibrary } from '../setup/parts.ts';

const SOURCE = join(import.meta.dirname, '..', 'setup', 'DdbLoopback.java');

/** Little memory and a quick start: it serves some hundred requests. */
const JVM = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'];

/** What clients of stand-ins are made with; any key is as good as another. */
export const testAccess = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };

/** A DynamoDB on this machine, in memory. */
export interface DynamoDbLocal {
  readonly endpoint: string;
  /** Closed with the server. */
  readonly client: DynamoDBClient;
  /** Makes an empty table as `meshTable` says, of a name that is not in use. */
  makeTable(): Promise<MeshTable>;
  stop(): Promise<void>;
}

/** One table of its own. */
export interface MeshTable {
  readonly name: string;
  readonly streamArn: string;
  /** What is in the table, in no order. */
  items(): Promise<readonly StoredItem[]>;
  /** Writes an item that is nothing but its key. */
  put(key: StoredKey): Promise<void>;
  /** Changes one attribute of an item that is there. */
  set(key: StoredKey, attribute: string, value: AttributeValue): Promise<void>;
  remove(key: StoredKey): Promise<void>;
  /** A store on the table, as in a process of its own. */
  store(parts?: Partial<DynamoStoreParts>): DynamoStore;
  drop(): Promise<void>;
}

/** Where an item lies. */
export interface StoredKey {
  readonly pk: string;
  readonly sk: string;
}

/** An item as it lies in the table. */
export interface StoredItem extends StoredKey {
  /** Epoch seconds. */
  readonly ttl: number | undefined;
}

/** Starts DynamoDB Local. */
export async function startDynamoDbLocal(): Promise<DynamoDbLocal> {
  const library = await dynamoDbLibrary();
  const command = ['java', ...JVM, `-Djava.library.path=${library}`, '-cp', join(library, '*'), SOURCE];
  const server = startProgram(command, { inputOpen: true });
  const { port } = JSON.parse(await server.line(/^\{"port":\d+\}$/));
  const endpoint = `http://127.0.0.1:${port}`;
  const client = clientAt(endpoint);
  let tables = 0;
  return {
    endpoint,
    client,
    makeTable: () => makeTable(client, `meshes-${++tables}`),
    async stop() {
      client.destroy();
      await server.end('SIGKILL');
    },
  };
}

/** A client with the SDK's own retries unless told otherwise. */
export function clientAt(endpoint: string, config: DynamoDBClientConfig = {}): DynamoDBClient {
  return new DynamoDBClient({ endpoint, ...testAccess, ...config });
}

/** What else a store is made with: the real time, and real waits, which are short. */
export const waiting = {
  now: Date.now,
  random: Math.random,
  sleep: (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis)),
};

/**
 * Lets a client refuse reads that are not consistent: a stand-in has no replica that lags.
 * @param commands that must read so; all that read, but for transactions, which always do, unless told
 */
export function requireConsistentReads(
  client: DynamoDBClient,
  commands: readonly string[] = ['GetItemCommand', 'BatchGetItemCommand', 'QueryCommand', 'ScanCommand'],
): void {
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      (sent) => {
        if (commands.includes(commandName) && !('ConsistentRead' in sent.input && sent.input.ConsistentRead === true)) {
          throw new Error(`${commandName} reads without ConsistentRead: it may answer what was before the last commit`);
        }
        return next(sent);
      },
    { step: 'initialize' },
  );
}

async function makeTable(client: DynamoDBClient, name: string): Promise<MeshTable> {
  const { TimeToLiveSpecification: _, ...definition } = meshTable;
  const { TableDescription } = await client.send(new CreateTableCommand({ TableName: name, ...definition }));
  if (TableDescription?.LatestStreamArn === undefined) throw new Error(`table ${name} has no stream`);
  return {
    name,
    streamArn: TableDescription.LatestStreamArn,
    store: (parts = {}) => new DynamoStore({ client, table: name, ...waiting, ...parts }),
    async items() {
      const { Items = [] } = await client.send(new ScanCommand({ TableName: name }));
      return Items.map(({ pk, sk, ttl }) => ({ pk: pk?.S ?? '', sk: sk?.S ?? '', ttl: ttl?.N === undefined ? undefined : Number(ttl.N) }));
    },
    async put(key) {
      await client.send(new PutItemCommand({ TableName: name, Item: keyOf(key) }));
    },
    async set(key, attribute, value) {
      const names = { UpdateExpression: 'SET #a = :v', ExpressionAttributeNames: { '#a': attribute } };
      const condition = { ConditionExpression: 'attribute_exists(pk)', ExpressionAttributeValues: { ':v': value } };
      await client.send(new UpdateItemCommand({ TableName: name, Key: keyOf(key), ...names, ...condition }));
    },
    async remove(key) {
      await client.send(new DeleteItemCommand({ TableName: name, Key: keyOf(key) }));
    },
    async drop() {
      await client.send(new DeleteTableCommand({ TableName: name }));
    },
  };
}

function keyOf({ pk, sk }: StoredKey): Record<keyof StoredKey, AttributeValue> {
  return { pk: { S: pk }, sk: { S: sk } };
}
