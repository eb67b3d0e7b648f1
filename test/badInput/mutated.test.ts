import { type ApiServer, serveApi } from '@meshwright/local';
import { modelOperations } from '@meshwright/model/testing';
import { describe, expect, inject, it } from 'vitest';
import { checkAnswer } from './invariants.ts';
import { mutate } from './mutations.ts';
import { Random } from './random.ts';
import { validRequest } from './requests.ts';
import { type Answer, sendInProcess, sendOverSocket, type WrittenRequest, written } from './sending.ts';
import { createWorld, type World } from './world.ts';

/** To repeat a run: MESHWRIGHT_SEED with the seed that its failure told. */
const SEED = Number(process.env.MESHWRIGHT_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** How many worlds, and how many requests each gets: what one request has left behind is met by the next ones. */
const WORLDS = 95 * inject('effort');
const SOCKET_WORLDS = 5 * inject('effort');
const REQUESTS = 100;

type Send = (world: World, request: WrittenRequest) => Promise<Answer | undefined>;

/** Sends one world its requests, most of them spoilt, and looks at every answer and at what it left behind; tells what was met. */
async function run(seed: number, send: Send): Promise<ReadonlySet<string>> {
  const random = new Random(seed);
  const world = await createWorld();
  const nextTokens: string[] = [];
  const met = new Set<string>();
  for (let index = 0; index < REQUESTS; index += 1) {
    const draft = validRequest(random, { nextTokens });
    mutate(random, draft, random.pick([0, 0, 1, 1, 1, 2, 3]));
    const request = written(draft);
    const before = await world.fingerprint();
    world.events.length = 0;
    try {
      const answer = await send(world, request);
      await checkAnswer(world, request, answer, before);
      met.add(`${world.events[0]?.operation} ${answer?.status === 200 ? 'accepted' : 'refused'}`);
      nextTokens.push(...(/(?<="nextToken":")[^"]+/.exec(answer?.body ?? '') ?? []));
    } catch (cause) {
      const what = `request ${index} of world ${seed} (${draft.done.join(', ') || 'nothing spoilt'})`;
      throw new Error(`With MESHWRIGHT_SEED=${SEED}: ${what}\n${shownRequest(request)}`, { cause });
    }
  }
  return met;
}

function shownRequest({ method, target, headers, body }: WrittenRequest): string {
  const lines = headers.map(([name, value]) => `${name}: ${value.slice(0, 100)}`);
  return [`${method} ${target.slice(0, 1000)}`, ...lines, body?.toString('latin1').slice(0, 2000) ?? ''].join('\n');
}

describe('requests of all 38 operations, made from the API model and spoilt, are never answered 5xx and change nothing when refused', () => {
  it('handed to the API', { timeout: 180_000 * inject('effort') }, async () => {
    const met = new Set<string>();
    for (let world = 0; world < WORLDS; world += 1) {
      for (const what of await run(SEED + world, ({ api }, request) => sendInProcess(api, request))) met.add(what);
    }
    // Otherwise what is checked of accepted ones, or of refused ones, would be checked of nothing.
    const all = modelOperations.flatMap(({ name }) => [`${name} accepted`, `${name} refused`]);
    expect(all.filter((what) => !met.has(what))).toEqual([]);
  });

  it('written to a socket', { timeout: 180_000 * inject('effort') }, async () => {
    for (let world = 0; world < SOCKET_WORLDS; world += 1) {
      let server: ApiServer | undefined;
      const send: Send = async ({ api }, request) => {
        server ??= await serveApi(api, '127.0.0.1', 0);
        return sendOverSocket(`http://127.0.0.1:${server.port}`, request);
      };
      try {
        await run(SEED + WORLDS + world, send);
      } finally {
        await server?.close();
      }
    }
  });
});
