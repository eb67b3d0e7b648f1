import { type ApiServer, serveApi } from '@meshwright/local';
import { modelOperations } from '@meshwright/model/testing';
import { describe, expect, inject, it } from 'vitest';
import { checkAnswer } from './invariants.ts';
import { mutate } from './mutations.ts';
import { Random } from './random.ts';
import { validRequest } from './requests.ts';
import { type Answer, sendInProcess, sendOverSocket, type WrittenRequest, written } from './sending.ts';
import { createWorld, type World } from './world.ts';

/** To repeat a run: MESH_TEST_SEED with the seed that its failure told. */
const SEED = Number(process.env.MESH_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** Spoilt requests, counted once they were sent: 10,000, and 50,000 in the slow tests, where more of them find nothing the first did not. */
const SPOILT = 10_000 * Math.min(inject('effort'), 5);
const OVER_SOCKETS = SPOILT / 20;
const TIMEOUT = 200_000 * Math.max(1, inject('effort'));

/** How many requests a world gets: what one request has left behind is met by the next ones. */
const REQUESTS = 100;

type Send = (world: World, request: WrittenRequest) => Promise<Answer | undefined>;

/** What a world was sent and what its requests met. */
interface Ran {
  readonly spoilt: number;
  readonly met: ReadonlySet<string>;
}

/** Sends one world its requests, most of them spoilt, and looks at every answer and at what it left behind. */
async function run(seed: number, send: Send): Promise<Ran> {
  const random = new Random(seed);
  const world = await createWorld();
  const nextTokens: string[] = [];
  const met = new Set<string>();
  let spoilt = 0;
  for (let index = 0; index < REQUESTS; index += 1) {
    const draft = validRequest(random, { nextTokens });
    mutate(random, draft, random.pick([0, 0, 1, 1, 1, 2, 3]));
    const request = written(draft);
    const before = await world.fingerprint();
    world.events.length = 0;
    try {
      const answer = await send(world, request);
      await checkAnswer(world, request, answer, before);
      // Valid ones go between them: they change what the next ones meet.
      if (draft.done.length > 0) spoilt += 1;
      met.add(`${world.events[0]?.operation} ${answer?.status === 200 ? 'accepted' : 'refused'}`);
      nextTokens.push(...(/(?<="nextToken":")[^"]+/.exec(answer?.body ?? '') ?? []));
    } catch (cause) {
      const what = `request ${index} of world ${seed} (${draft.done.join(', ') || 'nothing spoilt'})`;
      throw new Error(`With MESH_TEST_SEED=${SEED}: ${what}\n${shownRequest(request)}`, { cause });
    }
  }
  return { spoilt, met };
}

function shownRequest({ method, target, headers, body }: WrittenRequest): string {
  const lines = headers.map(([name, value]) => `${name}: ${value.slice(0, 100)}`);
  return [`${method} ${target.slice(0, 1000)}`, ...lines, body?.toString('latin1').slice(0, 2000) ?? ''].join('\n');
}

describe('requests of all 38 operations, made from the API model and spoilt, are never answered 5xx and change nothing when refused', () => {
  it(`handed to the API, ${SPOILT - OVER_SOCKETS} spoilt ones and the valid ones between them`, { timeout: TIMEOUT }, async () => {
    const met = new Set<string>();
    let spoilt = 0;
    for (let world = 0; spoilt < SPOILT - OVER_SOCKETS; world += 1) {
      const ran = await run(SEED + world, ({ api }, request) => sendInProcess(api, request));
      for (const what of ran.met) met.add(what);
      spoilt += ran.spoilt;
    }
    // Otherwise what is checked of accepted ones, or of refused ones, would be checked of nothing.
    const all = modelOperations.flatMap(({ name }) => [`${name} accepted`, `${name} refused`]);
    expect(all.filter((what) => !met.has(what))).toEqual([]);
  });

  it(`written to a socket, ${OVER_SOCKETS} spoilt ones and the valid ones between them`, { timeout: TIMEOUT }, async () => {
    let spoilt = 0;
    for (let world = 0; spoilt < OVER_SOCKETS; world += 1) {
      let server: ApiServer | undefined;
      const send: Send = async ({ api }, request) => {
        server ??= await serveApi(api, '127.0.0.1', 0);
        return sendOverSocket(`http://127.0.0.1:${server.port}`, request);
      };
      try {
        // Other worlds than those above.
        spoilt += (await run(SEED - 1 - world, send)).spoilt;
      } finally {
        await server?.close();
      }
    }
  });
});
