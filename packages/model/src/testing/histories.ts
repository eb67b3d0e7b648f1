import fc from 'fast-check';
import { expect, inject, it } from 'vitest';
import type { RequestedChange, SpecChange, WriteResult } from '../change.ts';
import { MeshError } from '../errors.ts';
import type { MeshKey, Resource } from '../resource.ts';
import type { LogRow, MeshStore } from '../store.ts';
import { resourceKey } from '../view.ts';
import { MeshWriter } from '../writer.ts';
import type { ContractSizes } from './contractSizes.ts';
import { type Failure, failingStore } from './failingStore.ts';
import { APPS } from './sampleResources.ts';

interface Step {
  readonly writer: number;
  readonly action: SpecChange['action'];
  readonly name: string;
  /** What happens to one of the calls that come next in this writer's store. */
  readonly failure?: { readonly method: keyof MeshStore; readonly how: Failure } | undefined;
  /** Sent with it unless it deletes; two requests may send the same. */
  readonly token?: string | undefined;
  /** Whether the step waits for those before it. */
  readonly waits: boolean;
}

const steps = fc.array(
  fc.record<Step>({
    writer: fc.nat(2),
    action: fc.constantFrom('create', 'update', 'delete'),
    name: fc.constantFrom('a', 'b'),
    failure: fc.option(
      fc.record({
        method: fc.constantFrom('commit', 'commit', 'load', 'changesSince', 'token'),
        how: fc.constantFrom('refused', 'answerLost'),
      }),
      {
        nil: undefined,
      },
    ),
    token: fc.option(fc.constantFrom('t1', 't2'), { nil: undefined, freq: 3 }),
    waits: fc.boolean(),
  }),
  { minLength: 1, maxLength: 25 },
);

interface Written {
  readonly writeId: string;
  readonly result: WriteResult | MeshError;
}

/** Random requests of three writers at once, on a store that now and then refuses a call or loses its answer. */
export function histories(store: () => MeshStore, { histories: runs }: ContractSizes): void {
  it(
    'accounts for every request exactly once, whatever fails on the way',
    async () => {
      let run = 0;
      await fc.assert(
        fc.asyncProperty(steps, async (history) => {
          const mesh = { owner: APPS.owner, mesh: `run-${++run}` };
          const written = await play(store(), mesh, history);
          const log = (await store().changesSince(mesh, 0n)) ?? [];
          for (const { writeId, result } of written) expectAccounted(log, writeId, result);
          const state = await store().load(mesh);
          expect(sorted(state?.resources ?? [])).toEqual(sorted(replayed(log)));
          expect(state?.generation ?? 0n).toBe(BigInt(log.length));
        }),
        { numRuns: runs * inject('effort') },
      );
    },
    30_000 * inject('effort'),
  );
}

async function play(store: MeshStore, mesh: MeshKey, history: readonly Step[]): Promise<readonly Written[]> {
  let made = 0;
  const writers = [0, 1, 2].map(() => {
    const { store: failing, failNext } = failingStore(store);
    const identity = { account: mesh.owner, region: 'us-east-1', partition: 'aws' };
    const sleep = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
    const monotonic = (): number => performance.now();
    const writer = new MeshWriter({
      store: failing,
      identity,
      now: Date.now,
      monotonic,
      newUid: () => `uid-${++made}`,
      random: Math.random,
      sleep,
    });
    return { writer, failNext };
  });
  const write = async (index: number, change: RequestedChange, key?: string): Promise<Written> => {
    const writeId = `write-${++made}`;
    const token = key === undefined ? undefined : { key: `${mesh.mesh}/${key}`, bodyHash: `${change.action} ${change.ref.name}` };
    const request = { mesh, changes: [change], writeId, author: 'tests', source: 'Test', ...(token && { token }) };
    const result = await writers[index]?.writer.write(request).catch((error: unknown) => {
      if (error instanceof MeshError) return error;
      throw error;
    });
    if (result === undefined) throw new Error(`there is no writer ${index}`);
    return { writeId, result };
  };
  const written = [write(0, { action: 'create', ref: { kind: 'mesh', mesh: mesh.mesh, name: mesh.mesh } })];
  for (const { writer, action, name, failure, token, waits } of history) {
    if (waits) await Promise.all(written);
    if (failure !== undefined) writers[writer]?.failNext(failure.method, failure.how);
    written.push(write(writer, { action, ref: { kind: 'virtualNode', mesh: mesh.mesh, name } }, action === 'delete' ? undefined : token));
  }
  return Promise.all(written);
}

function expectAccounted(log: readonly LogRow[], writeId: string, result: WriteResult | MeshError): void {
  const rows = log.filter((row) => row.writeId === writeId);
  if (result instanceof MeshError) {
    expect(rows).toEqual([]);
    expect(['Conflict', 'NotFound', 'ServiceUnavailable']).toContain(result.code);
    return;
  }
  if (result.replayed) {
    expect(rows).toEqual([]);
    expect(log.flatMap(answersOf)).toContainEqual(result.answers[0]);
    return;
  }
  expect(rows.map(({ generation }) => generation)).toEqual([result.generation]);
  expect(rows.flatMap(answersOf)).toEqual(result.answers);
}

function answersOf({ changes }: LogRow): readonly (Resource | undefined)[] {
  return changes.map(({ before, after }) => after ?? before);
}

function replayed(log: readonly LogRow[]): Iterable<Resource> {
  const resources = new Map<string, Resource>();
  for (const { ref, after } of log.flatMap(({ changes }) => changes)) {
    if (after === undefined) resources.delete(resourceKey(ref));
    else resources.set(resourceKey(ref), after);
  }
  return resources.values();
}

function sorted(resources: Iterable<Resource>): readonly Resource[] {
  return [...resources].sort((a, b) => (resourceKey(a.ref) < resourceKey(b.ref) ? -1 : 1));
}
