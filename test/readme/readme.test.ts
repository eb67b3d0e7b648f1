import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blocksOf } from '../docs/blocks.ts';
import type { Program } from '../process/program.ts';
import { describeWith } from '../setup/requires.ts';
import { inSteps } from '../setup/steps.ts';
import { type Newcomer, newcomer } from './newcomer.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
const blocks = blocksOf(readme, 'sh');
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
  let user: Newcomer;
  let server: Program;
  let exported = '';

  const finished = (script: string) => user.finished(`${exported}\n${script}`);

  beforeAll(async () => {
    user = await newcomer();
  });
  afterAll(() => user?.[Symbol.asyncDispose]());

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
    expect(found[0]?.startsWith(user.folder)).toBe(true);
  });

  test('1: it starts with a small mesh', async () => {
    server = user.start(`exec ${steps[0]}`);
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
    user.start(`exec ${start}`);
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
    expect(await user.added()).toEqual(['.meshwright']);
  });
});
