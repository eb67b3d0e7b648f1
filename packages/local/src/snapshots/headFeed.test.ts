import type { Head } from '@meshwright/snapshot';
import { expect, it } from 'vitest';
import { HeadFeed } from './headFeed.ts';

function head(mesh: string, rev: bigint): Head {
  const latest = { version: { epoch: 1, n: rev, build: 1 }, key: `1.${rev}.1-${'0'.repeat(32)}`, content: `${rev}` };
  return { mesh, rev, latest, serving: latest };
}

it('tells a watcher that was slow the newest head of each mesh, in one go', async () => {
  const feed = new HeadFeed();
  const controller = new AbortController();
  const heads = feed.watch(() => [head('a', 1n)], controller.signal);
  expect((await heads.next()).value).toEqual([head('a', 1n)]);
  for (const rev of [2n, 3n, 4n]) feed.tell(head('a', rev));
  feed.tell(head('b', 1n));
  expect((await heads.next()).value).toEqual([head('a', 4n), head('b', 1n)]);
  feed.tell(head('b', 2n));
  expect((await heads.next()).value).toEqual([head('b', 2n)]);
  controller.abort();
  expect(await heads.next()).toEqual({ done: true, value: undefined });
});

it('ends a watch that was aborted with news still untold', async () => {
  const feed = new HeadFeed();
  const controller = new AbortController();
  const heads = feed.watch(() => [], controller.signal);
  await heads.next();
  feed.tell(head('a', 1n));
  controller.abort();
  expect(await heads.next()).toEqual({ done: true, value: undefined });
});

it('ends a watch that its reader leaves', async () => {
  const feed = new HeadFeed();
  for await (const heads of feed.watch(() => [], new AbortController().signal)) {
    expect(heads).toEqual([]);
    break;
  }
  feed.tell(head('a', 1n));
});
