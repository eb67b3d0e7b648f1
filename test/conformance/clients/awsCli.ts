import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { pythonTools } from '../../setup/parts.ts';
import { AWS_SETTINGS, type StockClient, StockClientError, withEpochMillis } from './client.ts';

const run = promisify(execFile);

/** What the AWS CLI writes on stderr for a service's error; its code is in brackets. */
const SERVICE_ERROR = /An error occurred \((\w+)\) when calling the \w+ operation: (.*)/s;

/** The AWS CLI, one process for each call. */
export async function awsCli(endpoint: string): Promise<StockClient> {
  const { aws } = await pythonTools();
  const appmesh = async <Answer extends object>(command: string, options: readonly string[]): Promise<Answer> => {
    const all = ['appmesh', command, ...options, '--endpoint-url', endpoint, '--output', 'json'];
    const { stdout } = await run(aws, all, { env: { ...process.env, ...AWS_SETTINGS } }).catch(rethrow);
    const answer: Answer = JSON.parse(stdout);
    return answer;
  };
  return {
    title: 'AWS CLI',
    call: async (operation, input) => withEpochMillis(await appmesh(kebabCase(operation), ['--cli-input-json', JSON.stringify(input)])),
    async pagedNodeNames(meshName, pageSize) {
      const { virtualNodes } = await appmesh<{ virtualNodes: readonly { virtualNodeName: string }[] }>('list-virtual-nodes', [
        '--mesh-name',
        meshName,
        '--page-size',
        String(pageSize),
      ]);
      return virtualNodes.map((node) => node.virtualNodeName);
    },
    async close() {},
  };
}

function kebabCase(operation: string): string {
  return operation.replace(/(?<!^)[A-Z]/g, '-$&').toLowerCase();
}

function rethrow(error: Error & { readonly stderr?: string }): never {
  const [, type, message] = SERVICE_ERROR.exec(error.stderr ?? '') ?? [];
  if (type === undefined || message === undefined) throw error;
  throw new StockClientError(type, message.trim());
}
