import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { isAlive, startOf, withLock } from './lock.mjs';

let folder: string;
let lock: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'meshwright-lock-'));
  lock = join(folder, 'a.lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

const leftBy = (pid: number, started: string): void => {
  mkdirSync(lock);
  writeFileSync(join(lock, 'owner.json'), JSON.stringify({ pid, started, token: `of-${pid}` }));
};

test('one holds it at a time', async () => {
  let inside = 0;
  let most = 0;
  const work = async (): Promise<void> => {
    inside += 1;
    most = Math.max(most, inside);
    await new Promise(setImmediate);
    inside -= 1;
  };
  await Promise.all([1, 2, 3].map(() => withLock(lock, work)));
  expect(most).toBe(1);
  expect(readdirSync(folder)).toEqual([]);
});

test('it is released when the work fails', async () => {
  await expect(withLock(lock, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await withLock(lock, async () => 'next')).toBe('next');
});

test('that of a process that is gone is taken over, by one of many', async () => {
  const { pid } = spawnSync(process.execPath, ['-e', '']);
  leftBy(pid, '');
  let inside = 0;
  const work = async (): Promise<number> => {
    inside += 1;
    await new Promise(setImmediate);
    inside -= 1;
    return inside;
  };
  expect(await Promise.all([1, 2, 3, 4].map(() => withLock(lock, work)))).toEqual([0, 0, 0, 0]);
});

test.runIf(startOf(process.pid) !== '')('that of a process whose id was given to another is taken over', async () => {
  leftBy(process.pid, '1');
  expect(isAlive(process.pid, '1')).toBe(false);
  expect(await withLock(lock, async () => 'mine')).toBe('mine');
});

test('that of a living process is waited for, and its id told', async () => {
  leftBy(process.pid, startOf(process.pid));
  const told: number[] = [];
  const onWait = (pid: number): void => {
    told.push(pid);
    rmSync(lock, { recursive: true });
  };
  expect(await withLock(lock, async () => 'mine', { onWait })).toBe('mine');
  expect(told).toEqual([process.pid]);
});

test.each([
  ['an owner file that is empty', 'owner.json', ''],
  ['an owner file that names nobody', 'owner.json', 'null'],
  ['another file', 'x', ''],
])('one with %s is said to have no owner and is taken over, by one of many', async (_, name, content) => {
  mkdirSync(lock);
  writeFileSync(join(lock, name), content);
  let told = 0;
  let inside = 0;
  const onUnowned = (millis: number): void => {
    expect(millis).toBeGreaterThan(0);
    told += 1;
  };
  const work = async (): Promise<number> => {
    inside += 1;
    await new Promise(setImmediate);
    inside -= 1;
    return inside;
  };
  expect(await Promise.all([1, 2, 3].map(() => withLock(lock, work, { onUnowned })))).toEqual([0, 0, 0]);
  expect(told).toBeGreaterThan(0);
});

test('that of somebody who removed the whole folder is not missed', async () => {
  const work = async (): Promise<void> => rmSync(lock, { recursive: true });
  await expect(withLock(lock, work)).resolves.toBeUndefined();
});
