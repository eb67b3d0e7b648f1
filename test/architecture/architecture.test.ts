import { join } from 'node:path';
import { expect, test } from 'vitest';
import { undeclaredImports, undrawnArrows } from './arrows.ts';
import { importCycles } from './cycles.ts';
import { longFiles, machineTraces, missingFromLockfile, unlistedTopLevel } from './files.ts';
import { publicNames, unusedPublicValues } from './publicNames.ts';
import { workspaceOf } from './workspace.ts';

const workspace = workspaceOf(join(import.meta.dirname, '..', '..'));

test.each([
  ['manifests list the arrows that are drawn, and no others', undrawnArrows],
  ['packages import what their manifests list, by its name', undeclaredImports],
  ['no import cycle, types included', importCycles],
  ['nothing unlisted at the top', unlistedTopLevel],
  ['no source file over 500 lines', longFiles],
  ['no paths or registries of one machine', machineTraces],
  ['no public value that nobody imports', unusedPublicValues],
  ['the lockfile serves every platform', missingFromLockfile],
])('%s', (_, rule) => {
  expect(rule(workspace)).toEqual([]);
});

test('public names are those agreed on (after a wanted change: npx vitest run --config test/vitest.config.ts --project unit test/architecture -u)', async () => {
  await expect(`${publicNames(workspace).join('\n')}\n`).toMatchFileSnapshot('publicNames.txt');
});
