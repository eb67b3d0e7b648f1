import { join } from 'node:path';
import { startProgram } from '../../process/program.ts';
import { pythonTools } from '../../setup/parts.ts';
import { AWS_SETTINGS, type StockClient, StockClientError, withEpochMillis } from './client.ts';

/** boto3 in one Python process, one call after the other. */
export async function boto3(endpoint: string): Promise<StockClient> {
  const { python } = await pythonTools();
  const program = startProgram([python, join(import.meta.dirname, 'boto3Calls.py'), endpoint], { env: AWS_SETTINGS, inputOpen: true });
  const ask = async <Answer extends object>(operation: string, input: object): Promise<Answer> => {
    program.write(`${JSON.stringify({ operation, input })}\n`);
    const { output, error } = JSON.parse(await program.nextLine());
    if (error !== undefined) throw new StockClientError(error.type, error.message);
    return output;
  };
  return {
    title: 'boto3',
    call: async (operation, input) => withEpochMillis(await ask(operation, input)),
    pagedNodeNames: async (meshName, pageSize) => (await ask<{ names: string[] }>('pagedNodeNames', { meshName, pageSize })).names,
    close: async () => void (await program.end()),
  };
}
