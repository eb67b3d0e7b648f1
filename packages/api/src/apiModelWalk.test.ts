import { isDeepStrictEqual } from 'node:util';
import { limitsOf, modelOperations, modelPaths, type Probe, readBack, wordingFault } from '@meshwright/model/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Call, type Input, modelCalls } from './testing/modelRequests.ts';
import { CREATED, createWorld, TAGGED_ARN } from './testing/modelWorld.ts';
import { baseInput, exemptions, operationProbes, partsOf } from './testing/operationProbes.ts';

// Walks the whole API model. For every operation and every member of its input, down to the last: a value at each limit is
// accepted and survives to the next describe, a value one beyond is refused with field, value, rule and fix.

let call: Call;
/** Tokens that listings gave, by operation. */
const nextTokens = new Map<string, string>();

beforeAll(async () => {
  call = modelCalls();
  await createWorld(call);
  for (const { name } of modelOperations.filter((operation) => operation.name.startsWith('List'))) {
    const { body } = await call(name, {
      meshName: 'a',
      virtualRouterName: 'a',
      virtualGatewayName: 'a',
      resourceArn: TAGGED_ARN,
      limit: 1,
    });
    nextTokens.set(name, String(body.nextToken));
  }
});

describe.each(modelOperations.map(({ name }) => name))('%s', (operation) => {
  it('keeps to the API model at every limit', async () => {
    const probes = operationProbes(operation, nextTokens.get(operation) ?? '');
    const faults: string[] = [];
    for (const probe of probes) {
      const fault = await faultOf(operation, probe);
      if (fault !== undefined) faults.push(`${probe.field} (${probe.about}) in ${JSON.stringify(probe.sent).slice(0, 300)}: ${fault}`);
    }
    expect(faults).toEqual([]);
    expect(probes.length).toBeGreaterThan(1);
  });
});

it('speaks of every path, and tries every limit from both sides', () => {
  const paths = modelPaths();
  expect(paths).toHaveLength(1228);
  expect(paths.filter(({ shape }) => limitsOf(shape).length > 0)).toHaveLength(645);
  const tried = new Set(modelOperations.flatMap(({ name }) => operationProbes(name, 'given').flatMap((probe) => trials(name, probe))));
  const wanted = paths.flatMap(({ path, shape }) => [
    ...(path.includes('.') ? [`${path} type refused`] : []),
    ...limitsOf(shape).flatMap((limit) => [`${path} ${limit} accepted`, `${path} ${limit} refused`]),
  ]);
  const missing = wanted.filter((trial) => !tried.has(trial) && !exemptions.some(({ trials: exempt }) => exempt.test(trial)));
  expect(missing).toEqual([]);
  const stale = exemptions.filter(({ trials: exempt }) => !wanted.some((trial) => exempt.test(trial) && !tried.has(trial)));
  expect(stale).toEqual([]);
});

function trials(operation: string, { field, about, expected }: Probe): readonly string[] {
  const path = `${operation}.${field.replaceAll('[0]', '[]')}`;
  return [`${path} ${about} ${expected === undefined ? 'refused' : 'accepted'}`];
}

/** What a probe shows to be wrong; nothing when all is well. */
async function faultOf(operation: string, probe: Probe): Promise<string | undefined> {
  const { action, kind } = partsOf(operation);
  const input = probe.sent as Input;
  const made = action === 'Delete' ? { ...baseInput(`Create${kind}`), ...input } : { meshName: CREATED };
  if (action === 'Delete') await call(`Create${kind}`, made);
  // Tags of a mesh made for one probe begin with none.
  if (action === 'Tag' || action === 'Untag') await call('CreateMesh', made);
  const answer = await call(operation, input);
  const fault =
    probe.expected === undefined ? refusalFault(probe, answer) : await acceptanceFault(operation, probe.expected as Input, answer);
  // What is still there is gone before the next probe.
  if (action === 'Create' && answer.status === 200) await call(`Delete${kind}`, input);
  if (action === 'Delete' && answer.status !== 200) await call(operation, baseInput(operation));
  if (action === 'Tag' || action === 'Untag') await call('DeleteMesh', made);
  return fault;
}

function refusalFault({ field, about, sent }: Probe, { status, type, body }: Answer): string | undefined {
  const isTooMany = field === 'tags' && about === 'max';
  if (status !== 400 || type !== (isTooMany ? 'TooManyTagsException' : 'BadRequestException'))
    return `answered ${status} ${type} ${body.message}`;
  const message = String(body.message);
  // Before anyone knows a field, the reader of the body refuses half characters, and an empty name leaves no path to speak of.
  const isHalf = message.includes(`${field} contains half of a surrogate pair`);
  const isEmptyName = /^Segment \d+ of the path .* is empty/.test(message) && JSON.stringify(sent).includes('""');
  if (isTooMany || isHalf || isEmptyName) return undefined;
  const fault = wordingFault(message, field, sent);
  return fault && `"${message}" ${fault}`;
}

async function acceptanceFault(operation: string, expected: Input, { status, body }: Answer): Promise<string | undefined> {
  if (status !== 200) return `answered ${status} ${body.message}`;
  const { action, kind } = partsOf(operation);
  if (action === 'Tag') return differing(await tagsOf(String(expected.resourceArn)), expected.tags);
  if (action !== 'Create' && action !== 'Update') return undefined;
  const described = (await call(`Describe${kind}`, expected)).body;
  const fault = differing(described.spec, readBack(expected.spec ?? {}));
  if (fault !== undefined || expected.tags === undefined) return fault;
  return differing(await tagsOf((described.metadata as { readonly arn: string }).arn), expected.tags);
}

async function tagsOf(resourceArn: string): Promise<unknown> {
  return (await call('ListTagsForResource', { resourceArn })).body.tags;
}

function differing(found: unknown, expected: unknown): string | undefined {
  return isDeepStrictEqual(found, expected) ? undefined : `became ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`;
}
