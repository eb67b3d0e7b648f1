import { describe, expect, test } from 'vitest';
import { boto3 } from '../clients/boto3.ts';
import { sdkForJavaScript } from '../clients/sdkForJavaScript.ts';
import { connected } from '../connected.ts';
import { nodeSpec } from '../kinds.ts';
import { behaviours } from './behaviours.ts';

const attribute = (key: string) => ({
  ...nodeSpec('unused', 80),
  serviceDiscovery: { awsCloudMap: { namespaceName: 'n', serviceName: 's', attributes: [{ key, value: 'v' }] } },
});

describe(behaviours[26], () => {
  // What each client lets through: `refuses` fails when it stops a call by itself.
  describe('boto3: maxima, enums, patterns', () => {
    const api = connected(boto3);
    test.each([
      ['a port', nodeSpec('h.local', 65_536), 'spec.listeners[0].portMapping.port is 65536', '1 to 65535'],
      ['an enum', nodeSpec('h.local', 80, 'HTTP'), 'protocol is "HTTP"', 'one of http, tcp, http2, grpc'],
      ['a pattern', attribute('ä'), 'awsCloudMap.attributes[0].key is "ä"', 'match'],
      [
        'a length',
        { logging: { accessLog: { file: { path: 'p'.repeat(256) } } } },
        'spec.logging.accessLog.file.path',
        '1 to 255 characters',
      ],
    ])('%s', async (_what, spec, ...words) => {
      await api.call('CreateMesh', { meshName: 'm', clientToken: 'one for all' });
      await api.refuses('CreateVirtualNode', { meshName: 'm', virtualNodeName: 'n', spec }, 'BadRequestException', ...words);
      expect(await api.call('ListVirtualNodes', { meshName: 'm' })).toEqual({ virtualNodes: [] });
    });

    test('limit=101', async () => {
      await api.refuses('ListMeshes', { limit: 101 }, 'BadRequestException', 'limit is "101"', '1 to 100');
    });
  });

  describe('AWS SDK for JavaScript: empty names, minima, unions, missing members', () => {
    const api = connected(async (endpoint) => sdkForJavaScript(endpoint));
    const backend = { virtualService: { virtualServiceName: '' } };
    const node = (spec?: unknown) => ({ meshName: 'm', virtualNodeName: 'n', ...(spec !== undefined && { spec }) });
    const service = { meshName: 'm', virtualServiceName: 's', spec: { provider: {} } };
    const calls: readonly { readonly operation: string; readonly input: object; readonly words: readonly string[] }[] = [
      { operation: 'CreateMesh', input: { meshName: '' }, words: ['meshName is ""', '1 to 255 characters'] },
      { operation: 'CreateMesh', input: {}, words: ['meshName is missing'] },
      { operation: 'CreateVirtualNode', input: node(), words: ['spec is missing'] },
      { operation: 'CreateVirtualNode', input: node(nodeSpec('h.local', 0)), words: ['portMapping.port is 0', '1 to 65535'] },
      { operation: 'CreateVirtualNode', input: node({ backends: [backend] }), words: ['virtualServiceName is ""'] },
      { operation: 'CreateVirtualService', input: service, words: ['spec.provider', 'exactly one of virtualNode, virtualRouter'] },
      { operation: 'ListMeshes', input: { limit: 0 }, words: ['limit is "0"', '1 to 100'] },
    ];
    test.each(calls)('$operation of $input', async ({ operation, input, words }) => {
      await api.refuses(operation, input, 'BadRequestException', ...words);
      expect(await api.call('ListMeshes', {})).toEqual({ meshes: [] });
    });
  });
});
