import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pythonTools } from '../../setup/parts.ts';
import { AWS_SETTINGS, type StockClient, StockClientError, withEpochMillis } from './client.ts';

/** boto3 in one Python process, one call after the other. */
export async function boto3(endpoint: string): Promise<StockClient> {
  const { python } = await pythonTools();
  const child = spawn(python, [join(import.meta.dirname, 'boto3Calls.py'), endpoint], {
    env: { ...process.env, ...AWS_SETTINGS },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async <Answer extends object>(operation: string, input: object): Promise<Answer> => {
    child.stdin.write(`${JSON.stringify({ operation, input })}\n`);
    const { value, done } = await answers.next();
    if (done) throw new Error(`boto3 ended without an answer to ${operation}; its reason is on stderr.`);
    const { output, error } = JSON.parse(value);
    if (error !== undefined) throw new StockClientError(error.type, error.message);
    return output;
  };
  return {
    title: 'boto3',
    call: async (operation, input) => withEpochMillis(await ask(operation, input)),
    pagedNodeNames: async (meshName, pageSize) => (await ask<{ names: string[] }>('pagedNodeNames', { meshName, pageSize })).names,
    close: () => end(child),
  };
}

async function end(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.stdin?.end();
  await ended;
}
