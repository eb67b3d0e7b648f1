import { itemsIn, type Output, type StockClient, StockClientError, withEpochMillis } from './client.ts';
import { pythonCalls } from './pythonCalls.ts';

/** What the AWS CLI writes on stderr for a service's error; its code is in brackets. */
const SERVICE_ERROR = /An error occurred \((\w+)\) when calling the \w+ operation(?: \(reached max retries: \d+\))?: (.*)/s;

/** How a command of the AWS CLI ended and what it wrote. */
interface Ran {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The AWS CLI's own commands, run by its own entry point in one Python process: starting one for each takes longer than the call. */
export async function awsCli(endpoint: string): Promise<StockClient> {
  const python = await pythonCalls('awsCliCalls.py', []);
  const appmesh = async (command: string, options: readonly string[]): Promise<Output> => {
    const args = ['appmesh', command, ...options, '--endpoint-url', endpoint, '--output', 'json'];
    const { status, stdout, stderr } = await python.ask<Ran>({ args });
    if (status !== 0) throw failureOf(stderr);
    // An operation with an empty output prints nothing.
    return withEpochMillis(JSON.parse(stdout || '{}'));
  };
  return {
    title: 'AWS CLI',
    call: (operation, input) => appmesh(kebabCase(operation), [...unpaged(operation), '--cli-input-json', JSON.stringify(input)]),
    all: async (operation, input, pageSize) =>
      itemsIn(await appmesh(kebabCase(operation), ['--cli-input-json', JSON.stringify(input), '--page-size', String(pageSize)])),
    close: () => python.close(),
  };
}

/** Unless told not to, the CLI reads a listing to its end and keeps the token to itself. */
function unpaged(operation: string): readonly string[] {
  return operation.startsWith('List') ? ['--no-paginate'] : [];
}

/** An operation's name as the CLI spells commands: `CreateMesh` is `create-mesh`. */
function kebabCase(operation: string): string {
  return operation.replace(/(?<!^)[A-Z]/g, '-$&').toLowerCase();
}

function failureOf(stderr: string): Error {
  const [, type, message] = SERVICE_ERROR.exec(stderr) ?? [];
  return type === undefined || message === undefined
    ? new Error(`the AWS CLI failed: ${stderr}`)
    : new StockClientError(type, message.trim());
}
