import { join } from 'node:path';
import { startProgram } from '../../process/program.ts';
import { pythonTools } from '../../setup/parts.ts';
import { AWS_SETTINGS } from './client.ts';

/** A Python process that answers each JSON line with a JSON line. */
export interface PythonCalls {
  /** Calls go one after the other, in the order they were made. */
  ask<Answer>(request: object): Promise<Answer>;
  close(): Promise<void>;
}

/** Starts a script of this folder in the Python that has the AWS clients. */
export async function pythonCalls(
  script: string,
  args: readonly string[],
  settings: Readonly<Record<string, string>> = {},
): Promise<PythonCalls> {
  const { python } = await pythonTools();
  const env = { ...AWS_SETTINGS, ...settings };
  const program = startProgram([python, join(import.meta.dirname, script), ...args], { env, inputOpen: true });
  let last: Promise<unknown> = Promise.resolve();
  const askNow = async (request: object) => {
    program.write(`${JSON.stringify(request)}\n`);
    return JSON.parse(await program.nextLine());
  };
  return {
    ask(request) {
      const answer = last.then(() => askNow(request));
      last = answer.catch(() => {}); // whoever asked hears of it
      return answer;
    },
    close: async () => void (await program.end()),
  };
}
