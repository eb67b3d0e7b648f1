import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { IN_PRIVATE_NETWORK } from '../netns/privateNetwork.ts';
import { type Outcome, type Program, startProgram } from '../process/program.ts';
import { envoyBinary, pythonTools } from '../setup/parts.ts';
import { describeWith } from '../setup/requires.ts';
import { inSteps } from '../setup/steps.ts';
import { shellBlocks } from './shellBlocks.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const blocks = shellBlocks(readme);
const CLONE = ['package.json', 'node_modules', 'packages', 'test', '.cache'];
/** Stands for a folder of programs on the user's PATH. */
const TOOLS = 'tools';
const MINUTES = 'The first five minutes';

describe('README', () => {
  test('every npm command it names exists', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const named = [...readme.matchAll(/npm (?:run )?(start|test(?::\w+)?|(?<=run )[\w:]+)/g)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(5);
    for (const name of named) expect(Object.keys(scripts)).toContain(name);
  });

  test('outside the first five minutes it tells to run only what has tests of its own', () => {
    const others = blocks.filter(({ heading }) => heading !== MINUTES).map(({ text }) => text);
    expect(others).toEqual(['npm start', 'npm test', 'npm run demo']);
  });
});

test("its Terraform provider is the one that Terraform's tests run with", () => {
  const settings = (text: string) => [...text.matchAll(/^ +skip_\w+ += true$/gm)].map(([line]) => line.trim());
  const printed = settings(readme);
  expect(printed.length).toBeGreaterThan(0);
  const tested = readFileSync(join(ROOT, 'test', 'conformance', 'terraform', 'configuration', 'provider.tf'), 'utf8');
  expect(settings(tested)).toEqual(expect.arrayContaining(printed));
});

// The page uses the default ports and an Envoy's fixed ones, so it gets a network of its own.
describeWith(['root', 'private network'], 'README, the first five minutes as printed', () => {
  inSteps();
  const [onPath = '', ...steps] = blocks.filter(({ heading }) => heading === MINUTES).map(({ text }) => text);
  let folder: string;
  let path: string;
  let network: Program;
  let server: Program;
  let exported = '';
  let envoy: Program | undefined;

  const inNetwork = (script: string) =>
    startProgram(['nsenter', '--net', '--target', `${network.pid}`, '--', 'bash', '-c', `${exported}\n${script}`], {
      cwd: folder,
      env: { PATH: path },
    });
  const finished = async (script: string): Promise<Outcome> => {
    const run = inNetwork(script);
    return { ...(await run.ended), ...run.output() };
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'meshwright-readme-'));
    // As a clone looks to its user; only the data folder is made here instead of there.
    for (const name of CLONE) await symlink(join(ROOT, name), join(folder, name));
    await mkdir(join(folder, TOOLS));
    await symlink(await envoyBinary(), join(folder, TOOLS, 'envoy'));
    path = `${dirname((await pythonTools()).aws)}:${join(folder, TOOLS)}:${process.env.PATH}`;
    network = startProgram([...IN_PRIVATE_NETWORK, 'sh', '-c', 'echo up && exec sleep infinity']);
    await network.says('stdout', /^up$/m);
  });
  afterAll(async () => {
    for (const running of [envoy, server, network]) await running?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  test('has the steps this test knows', () => {
    expect(steps.map((text) => text.split(/\s+/).slice(0, 2).join(' '))).toEqual([
      'npm start',
      'export AWS_ENDPOINT_URL_APP_MESH=http://127.0.0.1:18080',
      'npx meshwright',
      'aws appmesh',
      'aws appmesh',
    ]);
  });

  const overridden = process.env.MESH_TEST_ENVOY || process.env.MESH_TEST_PYTHON;
  const why = overridden ? ` (skipped: nothing is put there, an override leads to ${overridden})` : '';
  test.skipIf(overridden)(`0: the tools under .cache/ come first on PATH${why}`, async () => {
    const { stdout } = await finished(`${onPath}\ncommand -v aws envoy`);
    const found = stdout.trimEnd().split('\n');
    expect(found).toEqual([expect.stringMatching(/\.cache\/python-.*\/aws$/), expect.stringMatching(/\.cache\/envoy-.*\/envoy$/)]);
    expect(found[0]?.startsWith(folder)).toBe(true);
  });

  test('1: it starts with a small mesh', async () => {
    server = inNetwork(`exec ${steps[0]}`);
    await server.says('stdout', /^ready api=http:\/\/127\.0\.0\.1:18080 xds=127\.0\.0\.1:18000$/m);
  });

  test('2: the AWS CLI reads it', async () => {
    const { status, stdout, stderr } = await finished(`set -e\n${steps[1]}`);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('"virtualNodeName": "servicebv2"');
    expect(stdout).toContain('"routeName": "serviceb-route"');
    exported = steps[1]?.split('\n').find((line) => line.startsWith('export ')) ?? '';
  });

  test('3: a stock Envoy starts from the bootstrap', async () => {
    const [bootstrap = '', start = ''] = steps[2]?.split('\n') ?? [];
    expect((await finished(bootstrap)).status).toBe(0);
    envoy = inNetwork(`exec ${start}`);
    await server.says('stderr', /servicea acknowledged RouteConfiguration/);
  });

  test('4: the weights move in that Envoy', async () => {
    const { status, stdout } = await finished(`set -e\n${steps[3]}`);
    expect(status).toBe(0);
    const dump = stdout.slice(stdout.indexOf('"configs"'));
    expect([...dump.matchAll(/"weight": 50/g)]).toHaveLength(2);
  });

  test('5: a mistake is told with field, value, rule and fix', async () => {
    const { status, stderr } = await finished(steps[4] ?? '');
    expect(status).not.toBe(0);
    expect(stderr).toContain('BadRequestException');
    expect(stderr).toContain('spec.httpRoute.match.method');
    expect(stderr).toContain('spec.httpRoute.action.weightedTargets[0].weight');
    expect(stderr).toContain('"FETCH"');
  });

  test('nothing lies about in the clone afterwards but what git ignores', async () => {
    const ignored = ['.meshwright', TOOLS];
    expect((await readdir(folder)).sort()).toEqual([...CLONE, ...ignored].sort());
  });
});
