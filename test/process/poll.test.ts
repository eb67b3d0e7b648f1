import { expect, test } from 'vitest';
import { poll } from './poll.ts';

test('answers the first wanted answer', async () => {
  let asked = 0;
  expect(await poll({ what: 'a counter', ask: async () => ++asked, wanted: (answer) => answer === 3 })).toBe(3);
});

test('says the last answer and the log when time is up or it is over, but looks once more after the end', async () => {
  const never = { what: 'a counter', ask: async () => 1, wanted: () => false, explain: () => 'its log' };
  await expect(poll({ ...never, timeoutMillis: 1 })).rejects.toThrow('a counter: waited 1 ms; last answer 1; log:\nits log');
  await expect(poll({ ...never, isOver: () => true })).rejects.toThrow('a counter: it ended; last answer 1');
  expect(await poll({ ...never, wanted: (answer) => answer === 1, isOver: () => true })).toBe(1);
});
