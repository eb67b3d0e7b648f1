import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { outcomeOf } from '../process/run.ts';
import { pythonTools } from '../setup/parts.ts';
import { boto3 } from './clients/boto3.ts';
import { AWS_SETTINGS } from './clients/client.ts';
import { sdkForJavaScript } from './clients/sdkForJavaScript.ts';
import { connected } from './connected.ts';

const api = connected(async (endpoint) => sdkForJavaScript(endpoint));
const meshName = 'settings';
let folder: string;
let configFile: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meshwright-settings-'));
  configFile = join(folder, 'config');
  const services = `[services local]\napp_mesh =\n  endpoint_url = ${api.system.apiUrl}/config\n`;
  await writeFile(configFile, `[default]\nregion = us-east-1\nservices = local\n\n${services}`);
  for (let mesh = 0; mesh < 3; mesh++) await api.seed(['meshes'], { meshName: `${meshName}${mesh}` });
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(() => void vi.unstubAllEnvs());

/** Where a client finds the API; each way has a base path of its own. */
const ways = (): readonly (readonly [title: string, settings: Readonly<Record<string, string>>])[] => [
  ['AWS_ENDPOINT_URL_APP_MESH', { AWS_ENDPOINT_URL_APP_MESH: `${api.system.apiUrl}/own`, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' }],
  ['AWS_ENDPOINT_URL', { AWS_ENDPOINT_URL: `${api.system.apiUrl}/` }],
  ['a services section in the config file', { AWS_CONFIG_FILE: configFile }],
];
const names = ['settings0', 'settings1', 'settings2'];
const namesIn = (meshes: unknown) =>
  (meshes as readonly { readonly meshName: string }[]).map((mesh) => mesh.meshName).filter((name) => name.startsWith(meshName));

describe('the aws program', () => {
  const aws = async (args: readonly string[], settings: Readonly<Record<string, string>> = {}) => {
    const program = (await pythonTools()).aws;
    return outcomeOf([program, 'appmesh', ...args], { env: { ...AWS_SETTINGS, ...settings } });
  };
  const atEndpoint = (...args: readonly string[]) => aws([...args, '--endpoint-url', api.system.apiUrl]);

  test('finds the API by each of its settings, and by --endpoint-url with a base path', async () => {
    const runs = ways().map(([, settings]) => aws(['list-meshes'], settings));
    for (const { stdout } of await Promise.all([...runs, aws(['list-meshes', '--endpoint-url', `${api.system.apiUrl}/a/b`])]))
      expect(namesIn(JSON.parse(stdout).meshes)).toEqual(names);
  });

  test('takes its input from a file or in shorthand, turns pages as told, and fails with our words when refused', async () => {
    const input = join(folder, 'input.json');
    await writeFile(input, JSON.stringify({ meshName: 'from-file', spec: { egressFilter: { type: 'ALLOW_ALL' } } }));
    const shorthand = ['--mesh-name', 'shorthand', '--spec', 'egressFilter={type=ALLOW_ALL}', '--tags', 'key=k,value=v'];
    const [created, short, unpaged, items, refused] = await Promise.all([
      atEndpoint('create-mesh', '--cli-input-json', `file://${input}`),
      atEndpoint('create-mesh', ...shorthand),
      atEndpoint('list-meshes', '--no-paginate', '--limit', '2'),
      atEndpoint('list-meshes', '--page-size', '1', '--max-items', '2', '--query', 'meshes[].meshName', '--output', 'text'),
      atEndpoint('describe-mesh', '--mesh-name', 'nowhere'),
    ]);
    for (const { stdout } of [created, short])
      expect(JSON.parse(stdout)).toMatchObject({ mesh: { spec: { egressFilter: { type: 'ALLOW_ALL' } }, metadata: { version: 1 } } });
    const resourceArn = JSON.parse(short.stdout).mesh.metadata.arn;
    expect(await api.call('ListTagsForResource', { resourceArn })).toEqual({ tags: [{ key: 'k', value: 'v' }] });
    expect(JSON.parse(unpaged.stdout)).toMatchObject({ meshes: [{}, {}], nextToken: expect.any(String) });
    expect(items.stdout).toMatch(/^[\w-]+\s[\w-]+\s(?:None\s)?$/);
    expect(refused).toMatchObject({ status: 255, stdout: '' });
    expect(refused.stderr.trim()).toBe(
      'An error occurred (NotFoundException) when calling the DescribeMesh operation: Mesh with name nowhere is not present for account 123456789012: create it first, or check the name.',
    );
  });
});

test('boto3 finds the API by each of its settings', async () => {
  for (const [way, settings] of ways()) {
    const client = await boto3(undefined, settings);
    try {
      expect([way, ...namesIn((await client.call('ListMeshes', {})).meshes)]).toEqual([way, ...names]);
    } finally {
      await client.close();
    }
  }
});

test('the AWS SDK for JavaScript finds the API by each of its settings', async () => {
  for (const [way, settings] of ways()) {
    for (const [name, value] of Object.entries({ ...AWS_SETTINGS, ...settings })) vi.stubEnv(name, value);
    const client = sdkForJavaScript(undefined);
    expect([way, ...namesIn((await client.call('ListMeshes', {})).meshes)]).toEqual([way, ...names]);
    await client.close();
    vi.unstubAllEnvs();
  }
});
