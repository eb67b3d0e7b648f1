import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { startProgram } from '../process/program.ts';
import { meshwright, npmStart, ready } from './npmStart.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meshwright-refusal-'));
});
afterEach(() => rm(folder, { recursive: true }));

const FREE_PORTS = ['--api-port', '0', '--xds-port', '0'];

/** Starts, expects a refusal of one line with 1 (or 2 for what was not understood), answers that line. */
async function refusal(args: readonly string[], start = meshwright, code: 1 | 2 = 1): Promise<string> {
  const refused = start(args);
  const { status } = await refused.ended;
  const { stdout, stderr } = refused.output();
  expect(status, stderr).toBe(code);
  expect(stdout).toBe('');
  expect(stderr).toMatch(/^error: [^\n]+\n$/);
  return stderr;
}

/** Every file below the folder with its bytes. */
async function contents(path: string): Promise<Record<string, string>> {
  if (!(await stat(path)).isDirectory()) return { '': await readFile(path, 'base64') };
  const names = await readdir(path);
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await readFile(join(path, name), 'base64')])));
}

describe('a port that is taken', () => {
  test.each(['--api-port', '--xds-port'])('%s is named with its flag', async (flag) => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const line = await refusal(['start', ...FREE_PORTS, '--data', join(folder, 'data'), flag, `${port}`]);
    expect(line).toContain(`127.0.0.1:${port} is taken`);
    expect(line).toContain(flag);
    server.close();
  });
});

test('one port for both is said to be that', async () => {
  const line = await refusal(['start', '--api-port', '4711', '--xds-port', '4711', '--data', join(folder, 'data')]);
  expect(line).toMatch(/--api-port and --xds-port are both 4711/);
});

describe('a data folder that cannot be used is named and left alone', () => {
  test.each<[string, RegExp, Record<string, string> | string]>([
    ['is a file', /is not a folder/, 'a file'],
    ['holds other files', /holds other files/, { 'letter.txt': 'dear' }],
    ['has a broken marker', /unreadable meshwright\.json/, { 'meshwright.json': '{"form' }],
    ['has a marker without a format', /unreadable meshwright\.json/, { 'meshwright.json': 'null' }],
    ['has a newer format', /format 2, this Meshwright reads 1/, { 'meshwright.json': '{"format":2}' }],
    ['has a broken database', /mesh\.db is not a readable database/, { 'meshwright.json': '{"format":1}', 'mesh.db': 'x'.repeat(5000) }],
  ])('%s', async (_, message, files) => {
    const data = join(folder, 'data');
    if (typeof files === 'string') await writeFile(data, files);
    else {
      await mkdir(data);
      for (const [name, text] of Object.entries(files)) await writeFile(join(data, name), text);
    }
    const before = await contents(data);
    const line = await refusal(['start', ...FREE_PORTS, '--data', data]);
    expect(line).toMatch(message);
    expect(line).toContain(data);
    expect(await contents(data)).toEqual(before);
  });

  test('is held by another process, which goes on', async () => {
    await using first = meshwright(['start', ...FREE_PORTS, '--data', folder]);
    const { apiUrl } = await ready(first);
    const line = await refusal(['start', ...FREE_PORTS, '--data', folder]);
    expect(line).toContain(`${folder} is in use by another process`);
    if (existsSync('/proc/locks')) expect(line).toContain(`(pid ${first.pid})`);
    expect((await fetch(`${apiUrl}/v20190125/meshes`)).status).toBe(200);
  });
});

describe('a command line with a mistake', () => {
  test.each([
    ['an unknown flag', ['start', '--api-prot', '1'], /unknown option '--api-prot'.*--api-port/],
    ['an unknown command', ['strat'], /unknown command 'strat'.*start/],
    ['a port that is none', ['start', '--xds-port', '65536'], /'65536' is invalid.*0.*65535/],
    ['an account that is none', ['start', '--account', '42'], /12 digits/],
    ['a region that is none', ['start', '--region', 'here'], /us-east-1/],
    ['no node', ['bootstrap'], /--node/],
    ['a node that is none', ['bootstrap', '--node', 'servicea'], /mesh\/MESH\/virtualNode\/NODE/],
    ['a relay that is none', ['bootstrap', '--node', 'mesh/m/virtualNode/n', '--xds', 'relay'], /host:port/],
  ])('%s', async (_, args, message) => {
    expect(await refusal(args, meshwright, 2)).toMatch(message);
  });

  test('through npm, too', async () => {
    expect(await refusal(['--nonsense'], npmStart, 2)).toMatch(/unknown option '--nonsense'/);
  });

  test('a flag that npm took for itself', async () => {
    const begun = startProgram(['npm', 'start', '--sample'], { cwd: join(import.meta.dirname, '..', '..') });
    expect((await begun.ended).status).toBe(2);
    expect(begun.output().stderr).toContain('npm took --sample for itself: write `npm start -- --sample`');
  });

  test.each(['--help', '--version'])('%s is no mistake', async (flag) => {
    const asked = meshwright([flag]);
    expect(await asked.ended).toEqual({ status: 0, signal: null });
    expect(asked.output().stdout).toMatch(flag === '--help' ? /start[\s\S]*bootstrap/ : /^\d+\.\d+\.\d+\n$/);
  });
});
