import { setImmediate } from 'node:timers/promises';
import type { Head } from '@meshwright/snapshot';
import { beforeEach, describe, expect, it } from 'vitest';
import { pollHeads } from './headPoll.ts';

type Reading = (signal: AbortSignal) => Promise<readonly Head[]>;

let readings: Reading[];
let reads: number;
let failures: unknown[];
let timers: { readonly millis: number; readonly callback: () => void }[];
let random: number;
let ending: AbortController;
beforeEach(() => {
  [readings, reads, failures, timers, random, ending] = [[], 0, [], [], 0.5, new AbortController()];
});

/** A watch of what `readings` answer, one after the other; past the last, the heads stay as they are. */
function watch(...answers: readonly (readonly Head[] | Reading)[]): AsyncGenerator<readonly Head[]> {
  readings = answers.map((answer) => (typeof answer === 'function' ? answer : async () => answer));
  return pollHeads(
    {
      readAll: (signal) => (readings[reads++] ?? (async () => []))(signal),
      intervalMillis: 250,
      random: () => random,
      setTimer: (callback, millis) => {
        const timer = { millis, callback };
        timers.push(timer);
        return () => void timers.splice(timers.indexOf(timer) >>> 0, 1);
      },
      onFailure: (cause) => failures.push(cause),
    },
    ending.signal,
  );
}

/** As the client throws it. */
function outage(message: string): Error {
  return Object.assign(new Error(message), { $metadata: { attempts: 3 } });
}

function head(mesh: string, rev: bigint): Head {
  const latest = { version: { epoch: 1, n: rev, build: 1 }, key: `1.${rev}.1-${'0'.repeat(32)}`, content: `${rev}` };
  return { mesh, rev, latest, serving: latest };
}

/** Lets everything happen that waits for nothing, then the only timer fire. */
async function tick(): Promise<number> {
  await setImmediate();
  const [timer, ...others] = timers;
  if (timer === undefined || others.length > 0) throw new Error(`${timers.length} timers`);
  timers = [];
  timer.callback();
  await setImmediate();
  return timer.millis;
}

describe('pollHeads', () => {
  it('tells all heads first, none included, then those whose rev has risen', async () => {
    const heads = watch([], [head('a', 1n)], [head('a', 1n), head('b', 1n)], [head('a', 3n), head('b', 1n)]);
    expect((await heads.next()).value).toEqual([]);
    const first = heads.next();
    await tick();
    expect((await first).value).toEqual([head('a', 1n)]);
    const second = heads.next();
    await tick();
    expect((await second).value).toEqual([head('b', 1n)]);
    const third = heads.next();
    await tick();
    expect((await third).value).toEqual([head('a', 3n)]);
  });

  it('never goes back, whatever a replica that lags answers', async () => {
    const heads = watch([head('a', 5n)], [head('a', 4n)], [head('a', 5n)], [head('a', 6n)]);
    await heads.next();
    const next = heads.next();
    for (let reading = 0; reading < 3; reading++) await tick();
    expect((await next).value).toEqual([head('a', 6n)]);
  });

  it('takes any head for news once a whole read did not show its mesh, but not when a read failed', async () => {
    const heads = watch(
      [head('a', 5n), head('b', 5n)],
      () => Promise.reject(outage('away')),
      [head('b', 5n)],
      [head('a', 1n), head('b', 4n)],
    );
    await heads.next();
    const next = heads.next();
    for (let reading = 0; reading < 3; reading++) await tick();
    expect((await next).value).toEqual([head('a', 1n)]);
  });

  it.each([
    [0, 200],
    [0.5, 250],
    [0.999_999, 300],
  ])('waits the interval, ± 20 %%: %d of what is random is %d ms', async (drawn, millis) => {
    random = drawn;
    const heads = watch([]);
    await heads.next();
    void heads.next();
    expect(await tick()).toBeCloseTo(millis, 2);
  });

  it('reads nothing while its reader is busy, then the newest at once', async () => {
    const heads = watch([], [head('a', 9n)]);
    await heads.next();
    await tick();
    expect(reads).toBe(1);
    expect((await heads.next()).value).toEqual([head('a', 9n)]);
  });

  it('says that a read failed, keeps what it told, and reads again', async () => {
    const cause = outage('throttled');
    const heads = watch(
      () => Promise.reject(cause),
      [head('a', 1n)],
      () => Promise.reject(cause),
      [head('a', 1n)],
      [head('a', 2n)],
    );
    const first = heads.next();
    await tick();
    expect((await first).value).toEqual([head('a', 1n)]);
    const second = heads.next();
    for (let reading = 0; reading < 3; reading++) await tick();
    expect((await second).value).toEqual([head('a', 2n)]);
    expect(failures).toEqual([cause, cause]);
  });

  it('ends with what is no failure of the service: a bug is not waited out', async () => {
    const bug = new TypeError('x is undefined');
    const heads = watch([], () => Promise.reject(bug));
    await heads.next();
    const next = heads.next();
    const ended = expect(next).rejects.toBe(bug);
    await tick();
    await ended;
    expect([timers, failures]).toEqual([[], []]);
  });

  it('gives up a read that is not answered within 5 s', async () => {
    const heads = watch(
      (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      [head('a', 1n)],
    );
    const next = heads.next();
    expect(await tick()).toBe(5_000);
    expect(failures).toMatchObject([{ message: 'The heads were not read within 5000 ms' }]);
    await tick();
    expect((await next).value).toEqual([head('a', 1n)]);
  });

  it.each(['while it waits', 'while it reads', 'before it began'])('ends with its signal, and leaves no timer: %s', async (when) => {
    const hangs: Reading = (signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    if (when === 'before it began') ending.abort();
    const heads = watch(...(when === 'while it reads' ? [hangs] : [[]]));
    if (when === 'while it waits') await heads.next();
    const last = heads.next();
    await setImmediate();
    ending.abort();
    expect(await last).toEqual({ done: true, value: undefined });
    expect([timers, failures]).toEqual([[], []]);
  });

  it('leaves no timer when its reader leaves', async () => {
    for await (const heads of watch([head('a', 1n)])) {
      expect(heads).toHaveLength(1);
      break;
    }
    expect(timers).toEqual([]);
  });
});
