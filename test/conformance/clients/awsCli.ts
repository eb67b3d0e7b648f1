import { outcomeOf } from '../../process/run.ts';
import { pythonTools } from '../../setup/parts.ts';
import { AWS_SETTINGS, type StockClient, StockClientError, withEpochMillis } from './client.ts';

/** What the AWS CLI writes on stderr for a service's error; its code is in brackets. */
const SERVICE_ERROR = /An error occurred \((\w+)\) when calling the \w+ operation: (.*)/s;

/** The AWS CLI, one process for each call. */
export async function awsCli(endpoint: string): Promise<StockClient> {
  const { aws } = await pythonTools();
  const appmesh = async <Answer extends object>(command: string, options: readonly string[]): Promise<Answer> => {
    const all = ['appmesh', command, ...options, '--endpoint-url', endpoint, '--output', 'json'];
    const { status, stdout, stderr } = await outcomeOf([aws, ...all], { env: AWS_SETTINGS });
    if (status !== 0) throw failureOf(stderr);
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

function failureOf(stderr: string): Error {
  const [, type, message] = SERVICE_ERROR.exec(stderr) ?? [];
  return type === undefined || message === undefined
    ? new Error(`the AWS CLI failed: ${stderr}`)
    : new StockClientError(type, message.trim());
}
