import * as sdk from '@aws-sdk/client-app-mesh';
import { AWS_SETTINGS, itemsIn, type ListedItem, type StockClient, StockClientError, withEpochMillis } from './client.ts';

type Command = Parameters<sdk.AppMeshClient['send']>[0];
type Paginate = (config: { client: sdk.AppMeshClient; pageSize: number }, input: object) => AsyncIterable<object>;

/**
 * `@aws-sdk/client-app-mesh`, as applications use it.
 * @param endpoint undefined = as the environment says
 */
export function sdkForJavaScript(endpoint: string | undefined): StockClient {
  const client = new sdk.AppMeshClient({
    ...(endpoint !== undefined && { endpoint }),
    region: AWS_SETTINGS.AWS_DEFAULT_REGION,
    credentials: { accessKeyId: AWS_SETTINGS.AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SETTINGS.AWS_SECRET_ACCESS_KEY },
  });
  return {
    title: 'AWS SDK for JavaScript',
    async call(operation, input) {
      const CommandClass = exported<new (input: object) => Command>(`${operation}Command`);
      return outputOf(await client.send(new CommandClass(input)).catch(rethrow));
    },
    async all(operation, input, pageSize) {
      const paginate = exported<Paginate>(`paginate${operation}`);
      const items: ListedItem[] = [];
      for await (const page of paginate({ client, pageSize }, input)) items.push(...itemsIn(outputOf(page)));
      return items;
    },
    async close() {
      client.destroy();
    },
  };
}

function outputOf(answer: object) {
  return withEpochMillis({ ...answer, $metadata: undefined });
}

function exported<Export>(name: string): Export {
  const entry = Object.entries(sdk).find(([key]) => key === name);
  if (entry === undefined) throw new Error(`The SDK has no ${name}.`);
  return entry[1] as Export;
}

/** Errors that are not the SDK's own typed exceptions pass as they are and fail the test. */
function rethrow(error: unknown): never {
  if (error instanceof sdk.AppMeshServiceException) throw new StockClientError(error.constructor.name, error.message);
  throw error;
}
