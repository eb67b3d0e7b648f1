import { expect, it } from 'vitest';
import type { WriteRequest } from '../change.ts';
import { MeshError } from '../errors.ts';
import { quotaProfiles } from '../quotas.ts';
import type { CommitOutcome, MeshStore } from '../store.ts';
import type { MeshWriter } from '../writer.ts';
import type { ContractSizes } from './contractSizes.ts';
import { failingStore } from './failingStore.ts';
import { APPS, refTo } from './sampleResources.ts';
import { create, request, SteppedClock, writerOn } from './writers.ts';

const mesh = refTo('mesh', APPS.mesh);
const node = refTo('virtualNode', 'a');

/** What `MeshWriter` does on every store. */
export function writing(store: () => MeshStore, sizes: ContractSizes): void {
  racingWriters(store, sizes);
  recreating(store);
  warmWrites(store);
  lostAnswers(store);
  requestTokens(store);
  expiredTokens(store);
  quotas(store);
  givingUp(store);
}

function racingWriters(store: () => MeshStore, { writesPerWriter }: ContractSizes): void {
  const race = async (count: number, writesOfEach: number): Promise<void> => {
    await writerOn(store()).write(request([create(mesh)]));
    const writers = Array.from({ length: count }, (_, index) => {
      const requests = Array.from({ length: writesOfEach }, (_, n) => request([create(refTo('virtualNode', `n${index}-${n}`))]));
      return { writer: writerOn(store()), requests };
    });
    const generations = new Map<string, bigint>();
    const run = async ({ writer, requests }: (typeof writers)[number]): Promise<void> => {
      for (const asked of requests) generations.set(asked.writeId, (await writer.write(asked)).generation);
    };
    await Promise.all(writers.map(run));
    const log = (await store().changesSince(APPS, 1n)) ?? [];
    expect(log.map(({ generation }) => generation)).toEqual(Array.from(generations, (_, index) => BigInt(index + 2)));
    expect(new Map(log.map(({ writeId, generation }) => [writeId, generation]))).toEqual(generations);
    expect((await store().load(APPS))?.resources).toHaveLength(generations.size + 1);
  };

  // On the real clock: what the store takes counts, and so does what else the machine does.
  it.each([
    [10, writesPerWriter],
    [32, 1],
  ])('lets %i writers with %i writes each into one mesh, none given up after 8 s, each write in the log once', race);

  it('sees what another writer committed since', async () => {
    const [first, second] = [writerOn(store()), writerOn(store())];
    await first.write(request([create(mesh)]));
    await second.write(request([create(node)]));
    await first.write(request([{ action: 'delete', ref: node }]));
    await expect(second.write(request([{ action: 'update', ref: node, spec: {} }]))).rejects.toMatchObject({ code: 'NotFound' });
  });
}

function recreating(store: () => MeshStore): void {
  it('makes a mesh anew after it was deleted: another uid, and generations go on', async () => {
    const writer = writerOn(store());
    const first = await writer.write(request([create(mesh)]));
    const deleted = await writer.write(request([{ action: 'delete', ref: mesh }]));
    const second = await writer.write(request([create(mesh)]));
    expect([first, deleted, second].map(({ generation }) => generation)).toEqual([1n, 2n, 3n]);
    expect(deleted.answers).toEqual(first.answers);
    const [made] = second.answers;
    expect(made?.metadata.uid).not.toBe(first.answers[0]?.metadata.uid);
    expect(made?.metadata.version).toBe(1);
    expect((await writerOn(store()).write(request([create(node)]))).generation).toBe(4n);
    expect((await store().load(APPS))?.resources).toContainEqual(made);
  });
}

function warmWrites(store: () => MeshStore): void {
  it('reads nothing of a mesh it knows but what changed since', async () => {
    const calls: string[] = [];
    const rows: number[] = [];
    const counting = new Proxy(store(), {
      get: (target, method) => {
        const call = Reflect.get(target, method).bind(target);
        return async (...parameters: unknown[]): Promise<unknown> => {
          calls.push(String(method));
          const answer: unknown = await call(...parameters);
          if (method === 'changesSince' && Array.isArray(answer)) rows.push(answer.length);
          return answer;
        };
      },
    });
    const writer = writerOn(counting);
    await writer.write(request([create(mesh)]));
    await writer.write(request(Array.from({ length: 80 }, (_, index) => create(refTo('virtualNode', `n${index}`)))));
    calls.length = 0;
    rows.length = 0;
    await writer.write(request([create(node)], { key: 'token', bodyHash: 'one' }));
    await writer.write(request([{ action: 'update', ref: node, spec: {} }]));
    expect(calls).toEqual(['changesSince', 'token', 'commit', 'changesSince', 'commit']);
    // Its own commit of before, each time.
    expect(rows).toEqual([1, 1]);
  });
}

function lostAnswers(store: () => MeshStore): void {
  it('recognises its own commit whose answer was lost', async () => {
    const { store: failing, failNext } = failingStore(store());
    const writer = writerOn(failing);
    failNext('commit', 'answerLost');
    const { answers, generation } = await writer.write(request([create(mesh)]));
    expect(generation).toBe(1n);
    expect(answers).toEqual([await store().get(APPS, mesh)]);
    expect(await store().generation(APPS)).toBe(1n);
  });

  it('commits again when the commit was not carried out', async () => {
    const { store: failing, failNext } = failingStore(store());
    failNext('commit', 'refused', 2);
    expect((await writerOn(failing).write(request([create(mesh)]))).generation).toBe(1n);
  });

  it('finds out later when the store cannot be read right after the lost answer', async () => {
    const { store: failing, failNext } = failingStore(store());
    let waits = 0;
    const sleep = async (_: number, signal?: AbortSignal): Promise<void> => {
      if (signal === undefined && ++waits === 1) failNext('changesSince', 'refused', 2);
    };
    const writer = writerOn(failing, { sleep });
    await writer.write(request([create(mesh)]));
    failNext('commit', 'answerLost');
    expect((await writer.write(request([create(node)]))).generation).toBe(2n);
    expect(waits).toBe(3);
    expect(await store().generation(APPS)).toBe(2n);
  });

  it('says that the store cannot answer when it never finds out', async () => {
    const { store: failing, failNext } = failingStore(store());
    failNext('commit', 'refused', 1000);
    const write = writerOn(failing, new SteppedClock().parts).write(request([create(mesh)]));
    await expect(write).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  });

  it('does not take a later refusal for the end of a commit that may still be carried out', async () => {
    const throttled = new MeshError('TooManyRequests', 'Too many at once.', { isUndone: true });
    const tries: (() => Promise<CommitOutcome>)[] = [];
    const late = new Proxy(store(), {
      get: (target, method) => {
        if (method !== 'commit') return Reflect.get(target, method).bind(target);
        return async (...commit: Parameters<MeshStore['commit']>): Promise<CommitOutcome> => {
          tries.push(() => target.commit(...commit));
          if (tries.length === 1) throw new MeshError('ServiceUnavailable', 'No answer.');
          // The first one arrives while the third is refused.
          if (tries.length === 3) await tries[0]?.();
          throw throttled;
        };
      },
    });
    const written = await writerOn(late, new SteppedClock().parts).write(request([create(mesh)]));
    expect(written.answers).toEqual([await store().get(APPS, mesh)]);
    expect(tries).toHaveLength(3);
  });

  it('tells at once when the store cannot be read before anything was tried', async () => {
    const { store: failing, failNext } = failingStore(store());
    failNext('load', 'refused');
    await expect(writerOn(failing).write(request([create(mesh)]))).rejects.toMatchObject({ code: 'ServiceUnavailable' });
  });
}

function requestTokens(store: () => MeshStore): void {
  const token = { key: 'account/CreateVirtualNode/path/token', bodyHash: 'one' };

  it('answers a repeated request as it did before, without a new version', async () => {
    const writer = writerOn(store());
    await writer.write(request([create(mesh)]));
    const first = await writer.write(request([create(node)], token));
    await writer.write(request([{ action: 'update', ref: node, spec: {} }]));
    const again = await writerOn(store()).write(request([create(node)], token));
    expect(again).toEqual({ generation: 3n, answers: first.answers, replayed: true });
    expect(await store().generation(APPS)).toBe(3n);
  });

  it('answers all of many equal requests at once with one commit', async () => {
    await writerOn(store()).write(request([create(mesh)]));
    const results = await Promise.all(Array.from({ length: 8 }, () => writerOn(store()).write(request([create(node)], token))));
    expect(new Set(results.map(({ answers }) => answers[0]?.metadata.uid)).size).toBe(1);
    expect(results.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await store().generation(APPS)).toBe(2n);
  });

  it('refuses the token with another body', async () => {
    const writer = writerOn(store());
    await writer.write(request([create(mesh)]));
    await writer.write(request([create(node)], token));
    const other = writer.write(request([create(node)], { ...token, bodyHash: 'two' }));
    await expect(other).rejects.toMatchObject({ code: 'Conflict' });
  });

  it('takes the token for a new request once the resource was deleted', async () => {
    const writer = writerOn(store());
    await writer.write(request([create(mesh)]));
    const first = await writer.write(request([create(node)], token));
    await writer.write(request([{ action: 'delete', ref: node }]));
    const second = await writer.write(request([create(node)], token));
    expect(second.replayed).toBe(false);
    expect(second.answers[0]?.metadata.uid).not.toBe(first.answers[0]?.metadata.uid);
    expect(await writer.write(request([create(node)], token))).toEqual({ ...second, replayed: true });
  });
}

function expiredTokens(store: () => MeshStore): void {
  const token = { key: 'account/UpdateVirtualNode/path/token', bodyHash: 'one' };
  const update = { action: 'update', ref: node, spec: {} } as const;
  const DAY_MILLIS = 86_400_000;

  it('remembers a token for 24 hours, and takes it for a new request from then on', async () => {
    let now = 1_000;
    const writer = (): MeshWriter => writerOn(store(), { now: () => now });
    await writer().write(request([create(mesh), create(node)]));
    const first = await writer().write(request([update], token));
    now += DAY_MILLIS - 1;
    expect(await writer().write(request([update], token))).toEqual({ ...first, replayed: true });
    now += 1;
    const later = await writer().write(request([update], { ...token, bodyHash: 'two' }));
    expect([later.replayed, later.answers[0]?.metadata.version]).toEqual([false, 3]);
    expect(await writer().write(request([update], { ...token, bodyHash: 'two' }))).toEqual({ ...later, replayed: true });
  });
}

function quotas(store: () => MeshStore): void {
  const few = { ...quotaProfiles.generous, meshesPerAccount: 2, virtualNodesPerMesh: 1 };
  const createMesh = (name: string, owner: string = APPS.owner): WriteRequest => ({
    ...request([create({ kind: 'mesh', mesh: name, name })]),
    mesh: { owner, mesh: name },
  });

  it('holds an account to its number of meshes, which a deleted one makes room in', async () => {
    const writer = writerOn(store(), { quotas: few });
    for (const name of ['apps', 'b']) await writer.write(createMesh(name));
    const refused = { code: 'LimitExceeded', message: expect.stringContaining('meshesPerAccount is 2') };
    await expect(writer.write(createMesh('c'))).rejects.toMatchObject(refused);
    await expect(writer.write(createMesh('b'))).rejects.toMatchObject({ code: 'Conflict' });
    await writer.write(createMesh('c', '210987654321'));
    await writer.write(request([{ action: 'update', ref: mesh, spec: {} }]));
    await writer.write(request([{ action: 'delete', ref: mesh }]));
    expect((await writer.write(createMesh('c'))).generation).toBe(1n);
    await expect(writer.write(createMesh('apps'))).rejects.toMatchObject(refused);
    expect(await store().meshCount(APPS.owner)).toBe(2);
  });

  it('hands the quotas on to the rules', async () => {
    const writer = writerOn(store(), { quotas: few });
    await writer.write(request([create(mesh), create(node)]));
    await expect(writer.write(request([create(refTo('virtualNode', 'b'))]))).rejects.toMatchObject({
      code: 'LimitExceeded',
      message: expect.stringContaining('virtualNodesPerMesh is 1'),
    });
    expect((await writerOn(store()).write(request([create(refTo('virtualNode', 'b'))]))).generation).toBe(2n);
  });
}

function givingUp(store: () => MeshStore): void {
  it('gives up after 8 s of others being faster, with jittered waits in between', async () => {
    const clock = new SteppedClock();
    const always = { commit: async () => ({ kind: 'behind' as const }) };
    const overtaken = new Proxy(store(), {
      get: (target, method) => (method === 'commit' ? always.commit : Reflect.get(target, method).bind(target)),
    });
    const { parts, waits } = clock;
    const writer = writerOn(overtaken, { ...parts, random: () => 0.999 });
    await expect(writer.write(request([create(mesh)]))).rejects.toMatchObject({ code: 'TooManyRequests' });
    expect(clock.now).toBeGreaterThan(7_999);
    expect(clock.now).toBeLessThan(8_010);
    expect(waits.slice(0, 3).map(Math.ceil)).toEqual([8, 16, 32]);
    // The longest is in the middle: from then on, the older the more eager.
    const longest = waits.indexOf(Math.max(...waits));
    expect(waits.slice(longest)).toEqual(waits.slice(longest).toSorted((left, right) => right - left));
    expect(waits.length - longest).toBeGreaterThan(3);
  });

  it('counts the time in the queue: who waited for 8 s is refused when its turn comes, for the reason of those before', async () => {
    const { store: failing, failNext } = failingStore(store());
    failNext('commit', 'refused', 1000);
    const clock = new SteppedClock();
    const writer = writerOn(failing, { ...clock.parts, random: () => 0.5 });
    const writes = Array.from({ length: 10 }, () => writer.write(request([create(mesh)])));
    for (const { status, reason } of (await Promise.allSettled(writes)) as PromiseRejectedResult[]) {
      expect([status, reason.code]).toEqual(['rejected', 'ServiceUnavailable']);
    }
    expect(clock.now).toBeLessThan(8_300);
  });

  it('tells at once of a commit that certainly was not carried out', async () => {
    let commits = 0;
    const full = new MeshError('ServiceUnavailable', 'The disk is full.', { isUndone: true });
    const commit = (): Promise<never> => Promise.reject(commits++ === 0 ? full : new Error('tried again'));
    const failing = new Proxy(store(), {
      get: (target, method) => (method === 'commit' ? commit : Reflect.get(target, method).bind(target)),
    });
    await expect(writerOn(failing).write(request([create(mesh)]))).rejects.toBe(full);
  });

  it('lets the next request of a mesh run after one that was refused', async () => {
    const writer = writerOn(store());
    const refused = writer.write(request([create(node)]));
    const accepted = writer.write(request([create(mesh)]));
    await expect(refused).rejects.toMatchObject({ code: 'NotFound' });
    expect((await accepted).generation).toBe(1n);
  });
}
