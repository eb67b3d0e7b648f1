import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readBack } from '@meshwright/model/testing';
import { describe, expect, test } from 'vitest';
import { boto3 } from './clients/boto3.ts';
import { connected } from './connected.ts';

const CASES = join(import.meta.dirname, '..', 'cases');

/** One recorded API call. */
interface Step {
  readonly file: string;
  /** Such as `Create`. */
  readonly verb: string;
  /** Such as `VirtualNode`. */
  readonly title: string;
  /** The members that name the resource. */
  readonly named: object;
  readonly input: { readonly spec?: object; readonly tags?: readonly object[] };
}

describe.each(globSync('[0-9]*', { cwd: CASES }).toSorted())('%s', (setup) => {
  const api = connected(boto3);

  test('is replayed without an error, reads back as sent after each step, and can be deleted again', async () => {
    const live = new Map<string, Step>();
    for (const step of stepsOf(setup)) {
      const id = JSON.stringify(step.named);
      const { title, named, input } = step;
      const { metadata } = await api.resource(step.verb + title, input);
      if (step.verb === 'Delete') {
        live.delete(id);
        await api.refuses(`Describe${title}`, named, 'NotFoundException');
        continue;
      }
      const described = await api.resource(`Describe${title}`, named);
      expect({ file: step.file, spec: described.spec }).toEqual({ file: step.file, spec: readBack(input.spec ?? {}) });
      expect(described.metadata).toEqual(metadata);
      const { tags = [] } = live.get(id)?.input ?? input;
      expect(await api.call('ListTagsForResource', { resourceArn: metadata.arn })).toEqual({ tags });
      if (step.verb === 'Create') live.set(id, step);
    }
    for (const { title, named } of [...live.values()].toReversed()) await api.call(`Delete${title}`, named);
    expect(await api.call('ListMeshes', {})).toEqual({ meshes: [] });
  });
});

test('the recorded setups are all there: 13, with 165 calls', () => {
  const setups = globSync('[0-9]*', { cwd: CASES });
  expect(setups).toHaveLength(13);
  expect(setups.flatMap(stepsOf)).toHaveLength(165);
});

function stepsOf(setup: string): readonly Step[] {
  const files = globSync(join(CASES, setup, '*.json')).toSorted();
  return files.map((file) => {
    const { operation, input } = JSON.parse(readFileSync(file, 'utf8'));
    const [, verb = '', title = ''] = /^(Create|Update|Delete)(.*)$/.exec(operation) ?? [];
    const { spec, tags, clientToken, ...named } = input;
    return { file: basename(file), verb, title, named, input };
  });
}
