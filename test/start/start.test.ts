import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Program, startProgram } from '../process/program.ts';
import { run } from '../process/run.ts';
import { envoyBinary, pythonTools } from '../setup/parts.ts';
import { meshwright, npmStart, PROGRAM, type Ready, ready } from './npmStart.ts';

let folder: string;
let started: Program;
let serving: Ready;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'meshwright-start-'));
  started = npmStart(['--api-port', '0', '--xds-port', '0', '--data', join(folder, 'data'), '--sample']);
  serving = await ready(started);
});
afterAll(async () => {
  await started[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

describe('npm start', () => {
  test('prints the ready line and three lines to copy, nothing else', () => {
    expect(started.output().stdout).toBe(`${serving.lines.join('\n')}\n`);
    expect(serving.lines).toEqual([
      expect.stringMatching(/^ready api=http:\/\/127\.0\.0\.1:[1-9]\d* xds=127\.0\.0\.1:[1-9]\d*$/),
      expect.stringMatching(/ aws appmesh /),
      `endpoints { appmesh = "${serving.apiUrl}" }`,
      expect.stringMatching(/^npx meshwright bootstrap --node mesh\/apps\/virtualNode\/servicea .* && envoy /),
    ]);
  });

  test('serves when it says so', async () => {
    expect((await fetch(`${serving.apiUrl}/healthz`)).status).toBe(200);
    const nodes = await fetch(`${serving.apiUrl}/v20190125/meshes/apps/virtualNodes`).then((response) => response.json());
    expect(nodes).toMatchObject({
      virtualNodes: [{ virtualNodeName: 'servicea' }, { virtualNodeName: 'serviceb' }, { virtualNodeName: 'servicebv2' }],
    });
  });

  test('the AWS CLI line works as it stands', async () => {
    const { aws } = await pythonTools();
    const env = { PATH: `${dirname(aws)}:${process.env.PATH}`, HOME: folder };
    const answer = JSON.parse(await run(['sh', '-c', serving.lines[1] ?? ''], { env, onlyEnv: true }));
    expect(answer).toMatchObject({ meshes: [{ meshName: 'apps' }] });
  });

  test('the Envoy line boots an Envoy that gets its mesh', async () => {
    await symlink(await envoyBinary(), join(folder, 'envoy'));
    // As `npx` runs it in a clone, and from another folder. What keeps it apart from other Envoys of this machine is added: a free admin port.
    const npx = `#!/bin/sh\nshift\nexec '${process.execPath}' '${PROGRAM}' "$@" --admin-port 0\n`;
    await writeFile(join(folder, 'npx'), npx, { mode: 0o755 });
    const line = (serving.lines[3] ?? '').replace('&& envoy', '&& exec envoy');
    const flags = `--admin-address-path ${join(folder, 'admin')} --concurrency 1`;
    await using envoy = startProgram(['sh', '-c', `${line} ${flags}`], {
      cwd: folder,
      env: { PATH: `${folder}:${process.env.PATH}` },
      onlyEnv: true,
    });
    await started.says('stderr', /servicea acknowledged Listener/);
    await envoy.says('stderr', /starting main dispatch loop/);
  });
});

test.each([
  ['delta', []],
  ['sotw', ['--sotw']],
])('meshwright bootstrap writes what Envoy takes (%s)', async (_, flags) => {
  const printed = meshwright(['bootstrap', '--node', 'mesh/apps/virtualNode/servicea', '--xds', 'relay.example:443', ...flags]);
  expect(await printed.ended).toEqual({ status: 0, signal: null });
  await run([await envoyBinary(), '--mode', 'validate', '--config-yaml', JSON.stringify(JSON.parse(printed.output().stdout))]);
});
