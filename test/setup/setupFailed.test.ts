import { describe, expect, test } from 'vitest';
import { explainFileError, explainGenerator, explainNpm } from './setupFailed.mjs';

describe('npm ci', () => {
  test('that ended well needs no explanation', () => {
    expect(explainNpm(0, 'npm http fetch GET 200 https://registry/a.tgz 3ms\nadded 1 package in 1s\n')).toBeUndefined();
    expect(explainNpm(0, 'npm warn deprecated network@1.0.0: gone\n')).toBeUndefined();
  });

  test('that only warned of a full disk failed, whatever its exit code', () => {
    const warned = 'npm warn tar TAR_ENTRY_ERROR ENOSPC: no space left on device, write\nadded 136 packages in 9s\n';
    expect(explainNpm(0, warned)).toMatch(/^Installing packages failed\. The disk is full\. [^\n]+$/);
    expect(explainNpm(228, warned)).toMatch(/exit code 228.* The disk is full\./);
  });

  test('that a signal ended said nothing, and the signal is named', () => {
    expect(explainNpm(143, 'npm http fetch GET 200 https://registry/a.tgz 3ms\n')).toMatch(
      /was ended by a signal \(SIGTERM\)\. Run [^\n]+$/,
    );
  });

  test('whose exit code is an error number like a signal is explained by what it said', () => {
    expect(explainNpm(143, 'npm error code EHOSTUNREACH\nnpm error errno EHOSTUNREACH\n')).toMatch(/registry cannot be reached/);
  });

  test('that failed for a reason of its own shows what it said', () => {
    expect(explainNpm(1, 'npm error code EWHAT\n')).toBe(
      'Installing packages failed (npm ci, exit code 1). What npm said is below.\nnpm error code EWHAT',
    );
  });
});

describe('the generator', () => {
  test('that a signal ended is not said to have said something', () => {
    expect(explainGenerator(143, '\n')).toMatch(/^Generating the Envoy messages was ended by a signal \(SIGTERM\)\. [^\n:]+: [^\n]+$/);
  });

  test('that failed is quoted, and a full disk is named', () => {
    expect(explainGenerator(1, 'Error: no\n')).toBe('Generating the Envoy messages failed with exit code 1; it said:\nError: no');
    expect(explainGenerator(1, 'Error: ENOSPC: no space left on device, write\n')).toMatch(/The disk is full/);
  });
});

test.each([
  ["EROFS: read-only file system, access '/c'", /could not: EROFS.*Make the clone writable/],
  ["EEXIST: file already exists, mkdir '/c/.cache'", /something else lies: EEXIST.*'\/c\/\.cache'\. Remove that/],
  ['ENOSPC: no space left on device, write', /The disk is full/],
])('a system that says %s is explained in one paragraph', (said, explained) => {
  expect(explainFileError('/c', said)).toMatch(explained);
  expect(explainFileError('/c', said)).not.toContain('\n');
});
