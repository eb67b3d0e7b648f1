import * as sdk from '@aws-sdk/client-app-mesh';
import { AWS_SETTINGS, type StockClient, StockClientError, withEpochMillis } from './client.ts';

type Command = Parameters<sdk.AppMeshClient['send']>[0];

/** @aws-sdk/client-app-mesh, as applications use it. */
export function sdkForJavaScript(endpoint: string): StockClient {
  const client = new sdk.AppMeshClient({
    endpoint,
    region: AWS_SETTINGS.AWS_DEFAULT_REGION,
    credentials: { accessKeyId: AWS_SETTINGS.AWS_ACCESS_KEY_ID, secretAccessKey: AWS_SETTINGS.AWS_SECRET_ACCESS_KEY },
  });
  return {
    title: 'AWS SDK for JavaScript',
    async call(operation, input) {
      const { $metadata, ...output } = await client.send(commandOf(operation, input)).catch(rethrow);
      return withEpochMillis(output);
    },
    async pagedNodeNames(meshName, pageSize) {
      const names: string[] = [];
      for await (const page of sdk.paginateListVirtualNodes({ client, pageSize }, { meshName })) {
        names.push(...(page.virtualNodes ?? []).map((node) => node.virtualNodeName ?? ''));
      }
      return names;
    },
    async close() {
      client.destroy();
    },
  };
}

function commandOf(operation: string, input: object): Command {
  const entry = Object.entries(sdk).find(([name]) => name === `${operation}Command`);
  if (entry === undefined) throw new Error(`The SDK has no ${operation}Command.`);
  const CommandClass = entry[1] as new (input: object) => Command;
  return new CommandClass(input);
}

/** Errors that are not the SDK's own typed exceptions pass as they are and fail the test. */
function rethrow(error: unknown): never {
  if (error instanceof sdk.AppMeshServiceException) throw new StockClientError(error.constructor.name, error.message);
  throw error;
}
