import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { findOnPath } from './parts.ts';

/** What a machine may lack and set-up cannot install: name → why it is missing, or undefined when it is there. */
const needs = {
  root: () => (process.getuid?.() === 0 ? undefined : 'not root'),
  'network namespaces': () => (spawnSync('unshare', ['-n', 'true']).status === 0 ? undefined : 'no right to make network namespaces'),
  iptables: () => command('iptables'),
  terraform: () => command('terraform') ?? (terraformPlugins() === undefined ? 'no folder of Terraform plugins' : undefined),
} satisfies Record<string, () => string | undefined>;

/** Something that only the machine can provide. */
export type Need = keyof typeof needs;

/**
 * `describe` for tests that need more than set-up can install. Where it is missing they are skipped, counted, and their
 * title tells the reason; with MESH_TEST_STRICT=1 they fail instead.
 */
export function describeWith(required: readonly Need[], title: string, body: () => void): void {
  const reasons = required.map((need) => needs[need]()).filter((reason) => reason !== undefined);
  if (reasons.length === 0) {
    describe(title, body);
    return;
  }
  const reason = reasons.join(', ');
  if (process.env.MESH_TEST_STRICT === '1') {
    test(title, () => {
      throw new Error(`MESH_TEST_STRICT=1 allows no skip, and this machine cannot run it: ${reason}`);
    });
    return;
  }
  process.stderr.write(`skipped: ${title}: ${reason}\n`);
  describe.skip(`${title} (skipped: ${reason})`, body);
}

/** Folder that `terraform init -plugin-dir` takes: MESH_TEST_TF_PLUGIN_DIR, else the machine's usual ones. */
function terraformPlugins(): string | undefined {
  const usual = [join(homedir(), '.terraform.d', 'plugins'), '/usr/local/share/terraform/plugins', '/usr/share/terraform/plugins'];
  return [process.env.MESH_TEST_TF_PLUGIN_DIR ?? '', ...usual].find((folder) => folder !== '' && existsSync(folder));
}

function command(name: string): string | undefined {
  return findOnPath(name) === undefined ? `no ${name} on PATH` : undefined;
}
