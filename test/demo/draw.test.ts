import { expect, test } from 'vitest';
import { frame, paint } from './draw.ts';
import type { Act, Scene } from './scene.ts';

const count = { requests: 10, failures: [], answers: { serviceb: 5, servicebv2: 5 } };
const acts = Array.from({ length: 7 }, (_, index): Act => ({ title: `act ${index}`, weights: {}, detail: 'a long detail', count }));
const scene: Scene = {
  over: false,
  protocol: 'delta',
  elapsedSeconds: 3,
  controlPlane: 'running',
  acts,
  lastSecond: { serviceb: 5, servicebv2: 5 },
  history: Array.from({ length: 40 }, () => 0.5),
  total: count,
};
const plain = paint(false);
const text = (columns: number, rows: number) => frame(scene, { columns, rows }, plain);

test('no line is wider than there is room, with colours or without', () => {
  for (const columns of [20, 60, 200]) {
    expect(Math.max(...text(columns, 50).map((line) => line.length))).toBeLessThanOrEqual(columns);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
    const painted = frame(scene, { columns, rows: 50 }, paint(true)).map((line) => line.replaceAll(/\u001b\[\d+m/g, ''));
    expect(painted).toEqual(text(columns, 50));
  }
});

test('on a low screen the oldest acts give way, then what is below', () => {
  const all = text(100, 50);
  expect(all.filter((line) => line.includes('act '))).toHaveLength(7);
  const low = text(100, all.length - 3);
  expect(low).toHaveLength(all.length - 3);
  expect(low.filter((line) => line.includes('act ')).map((line) => /act \d/.exec(line)?.[0])).toEqual(['act 3', 'act 4', 'act 5', 'act 6']);
  expect(text(100, 5)).toEqual(all.slice(0, 5));
});
