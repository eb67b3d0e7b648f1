import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { arch, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, expect, test } from 'vitest';
import { findTerraform } from './terraform.ts';

const machine = `${platform()}_${arch() === 'x64' ? 'amd64' : arch()}`;
const home = mkdtempSync(join(tmpdir(), 'meshwright-terraform-'));
const bin = join(home, 'bin');
mkdirSync(bin);
writeFileSync(join(bin, 'terraform'), '#!/bin/sh\n', { mode: 0o755 });

const { PATH } = process.env;
afterEach(() => {
  process.env.PATH = PATH;
  rmSync(join(home, 'plugins'), { recursive: true, force: true });
});

afterAll(() => rmSync(home, { recursive: true }));

/** Nothing of this machine's settings but a Terraform that can be started. */
function find(env: NodeJS.ProcessEnv) {
  process.env.PATH = `${bin}:${PATH}`;
  return findTerraform({ HOME: home, XDG_DATA_DIRS: home, ...env });
}

function pluginsAt(folder: string, ...layout: readonly string[]): string {
  mkdirSync(join(folder, 'registry.terraform.io', 'hashicorp', 'aws', ...layout), { recursive: true });
  return folder;
}

test('the folder that is named is taken, unpacked or packed, or nothing', async () => {
  const unpacked = pluginsAt(join(home, 'plugins', 'unpacked'), '5.100.0', machine);
  expect(await find({ MESH_TEST_TF_PLUGIN_DIR: unpacked })).toEqual({ pluginFolder: unpacked });
  const packed = pluginsAt(join(home, 'plugins', 'packed'), `terraform-provider-aws_5.100.0_${machine}.zip`);
  expect(await find({ MESH_TEST_TF_PLUGIN_DIR: packed })).toEqual({ pluginFolder: packed });
  const other = pluginsAt(join(home, 'plugins', 'other'), '5.99.1', machine);
  expect(await find({ MESH_TEST_TF_PLUGIN_DIR: other })).toEqual({ reason: expect.stringContaining(`MESH_TEST_TF_PLUGIN_DIR=${other}`) });
});

test('without a name, what Terraform’s own settings say is looked into first', async () => {
  const mirror = pluginsAt(join(home, 'plugins', 'mirror'), '5.100.1', machine);
  const settings = join(home, 'plugins', 'settings.tfrc');
  writeFileSync(settings, `provider_installation {\n  filesystem_mirror {\n    path = "${mirror}"\n  }\n}\n`);
  expect(await find({ TF_CLI_CONFIG_FILE: settings })).toEqual({ pluginFolder: mirror });
  const cache = pluginsAt(join(home, 'plugins', 'cache'), '5.100.0', machine);
  expect(await find({ TF_PLUGIN_CACHE_DIR: cache, TF_CLI_CONFIG_FILE: settings })).toEqual({ pluginFolder: cache });
  const usual = pluginsAt(join(home, 'plugins', 'data', 'terraform', 'plugins'), '5.100.0', machine);
  expect(await find({ XDG_DATA_HOME: join(home, 'plugins', 'data') })).toEqual({ pluginFolder: usual });
});

test('a machine without Terraform is told apart from one without the provider', async () => {
  process.env.PATH = home;
  expect(await findTerraform({ HOME: home })).toEqual({ reason: 'terraform is not installed' });
});
