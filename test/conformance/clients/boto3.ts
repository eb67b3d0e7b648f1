import { type StockClient, StockClientError, withEpochMillis } from './client.ts';
import { pythonCalls } from './pythonCalls.ts';

interface Answer {
  readonly output?: object;
  readonly error?: { readonly type: string; readonly message: string };
}

/**
 * boto3 in one Python process, one call after the other.
 * @param endpoint undefined = as its settings say
 * @param settings added to its environment
 */
export async function boto3(endpoint: string | undefined, settings: Readonly<Record<string, string>> = {}): Promise<StockClient> {
  const python = await pythonCalls('boto3Calls.py', endpoint === undefined ? [] : [endpoint], settings);
  const ask = async (request: object): Promise<object> => {
    const { output, error } = await python.ask<Answer>(request);
    if (error !== undefined) throw new StockClientError(error.type, error.message);
    return output ?? {};
  };
  return {
    title: 'boto3',
    call: async (operation, input) => withEpochMillis(await ask({ operation, input })),
    async all(operation, input, pageSize) {
      const { items } = withEpochMillis(await ask({ operation, input, pageSize }));
      return Array.isArray(items) ? items : [];
    },
    close: () => python.close(),
  };
}
