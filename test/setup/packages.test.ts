import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { packagesAreCurrent, problemAfterInstall } from './packages.mjs';

const OWN_NODE = `node_modules/node-${process.platform}-${process.arch}`;
const LOCKED = {
  '': { version: '1.0.0' },
  'node_modules/a': { version: '1.2.3', integrity: 'sha512-a' },
  [OWN_NODE]: { version: '24.0.0', integrity: 'sha512-n', optional: true },
  'node_modules/for-others': { version: '1.0.0', integrity: 'sha512-o', optional: true },
};
const { 'node_modules/for-others': _, ...INSTALLED } = LOCKED;
const { [OWN_NODE]: __, ...WITHOUT_NODE } = INSTALLED;

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'meshwright-packages-'));
  put('package-lock.json', JSON.stringify({ packages: LOCKED }));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, content: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), content);
  chmodSync(join(root, path), 0o755);
}

const record = (content: string): void => put('node_modules/.package-lock.json', content);

test('packages are current when the record agrees with the lockfile, those for other machines aside', () => {
  record(JSON.stringify({ packages: INSTALLED }));
  expect(packagesAreCurrent(root, '20.0.0')).toBe(true);
});

test.each([
  ['is empty', ''],
  ['is null', 'null'],
  ['is cut off', '{"packages":{"node_mod'],
  ['has another version', JSON.stringify({ packages: { ...INSTALLED, 'node_modules/a': { version: '1.2.2', integrity: 'sha512-a' } } })],
  ['lacks a package', JSON.stringify({ packages: { [OWN_NODE]: LOCKED[OWN_NODE] } })],
])('they are not when the record %s', (_case, content) => {
  record(content);
  expect(packagesAreCurrent(root, '20.0.0')).toBe(false);
});

test('they are not without a record', () => {
  expect(packagesAreCurrent(root, '20.0.0')).toBe(false);
});

test('the Node among them may be missing only where another one is new enough', () => {
  record(JSON.stringify({ packages: WITHOUT_NODE }));
  expect(packagesAreCurrent(root, '24.1.0')).toBe(true);
  expect(packagesAreCurrent(root, '20.0.0')).toBe(false);
});

test('after npm ci the record must be whole and the Node must run', () => {
  put(`${OWN_NODE}/bin/node`, '#!/bin/sh\necho v24.0.0\n');
  expect(problemAfterInstall(root, '20.0.0')).toMatch(/record .* is not package-lock\.json's.*disk/);
  record(JSON.stringify({ packages: INSTALLED }));
  expect(problemAfterInstall(root, '20.0.0')).toBeUndefined();
  put(`${OWN_NODE}/bin/node`, '#!/bin/sh\nkill -SEGV $$\n');
  expect(problemAfterInstall(root, '20.0.0')).toMatch(/node\) does not run.*disk/);
  put(`${OWN_NODE}/bin/node`, '');
  expect(problemAfterInstall(root, '20.0.0')).toMatch(/does not run/);
});
