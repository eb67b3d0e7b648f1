import { awsCli } from './awsCli.ts';
import { boto3 } from './boto3.ts';
import type { StockClient } from './client.ts';
import { sdkForJavaScript } from './sdkForJavaScript.ts';

/** Every stock client by its title, for `describe.each`. */
export const stockClients: readonly (readonly [title: string, connect: (endpoint: string) => Promise<StockClient>])[] = [
  ['boto3', boto3],
  ['AWS CLI', awsCli],
  ['AWS SDK for JavaScript', async (endpoint) => sdkForJavaScript(endpoint)],
];
