import { join } from 'node:path';
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient, type DynamoDBClientConfig } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
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
  /** For what a test does to the table itself. */
  readonly documents: DynamoDBDocumentClient;
  /** A store on the table, as in a process of its own. */
  store(parts?: Partial<DynamoStoreParts>): DynamoStore;
  drop(): Promise<void>;
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

/** What else a store is made with: real waits, which are short. */
export const waiting = {
  random: Math.random,
  sleep: (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis)),
};

async function makeTable(client: DynamoDBClient, name: string): Promise<MeshTable> {
  const { TimeToLiveSpecification: _, ...definition } = meshTable;
  const { TableDescription } = await client.send(new CreateTableCommand({ TableName: name, ...definition }));
  if (TableDescription?.LatestStreamArn === undefined) throw new Error(`table ${name} has no stream`);
  return {
    name,
    streamArn: TableDescription.LatestStreamArn,
    documents: DynamoDBDocumentClient.from(client),
    store: (parts = {}) => new DynamoStore({ client, table: name, ...waiting, ...parts }),
    async drop() {
      await client.send(new DeleteTableCommand({ TableName: name }));
    },
  };
}
