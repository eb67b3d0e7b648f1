import { describe, expect, it } from 'vitest';
import { MeshError } from './errors.ts';
import type { Kind } from './resource.ts';
import { parseSpec, specSchemas } from './spec.ts';
import { tagList } from './tag.ts';
import { probesOf, readBack } from './testing/apiModel/probes.ts';
import { schemaPaths } from './testing/apiModel/schemaPaths.ts';
import { pathsFrom, shapeOf } from './testing/apiModel/shapes.ts';
import { wordingFault } from './testing/apiModel/wording.ts';

// Specs alone; `api` walks whole operations the same way.

const kinds: readonly Kind[] = ['mesh', 'virtualNode', 'virtualRouter', 'route', 'virtualService', 'virtualGateway', 'gatewayRoute'];

describe.each(kinds)('the API model of %s', (kind) => {
  const [first = '', ...rest] = kind;
  const shape = `${first.toUpperCase()}${rest.join('')}`;

  it('has one spec for create and update', () => {
    const specOf = (action: string): unknown => shapeOf(`${action}${shape}Input`).members?.spec?.shape;
    expect([specOf('Create'), specOf('Update')]).toEqual([`${shape}Spec`, `${shape}Spec`]);
  });

  it('has every member that is read, and none that is not', () => {
    const ofModel = pathsFrom(`${shape}Spec`, 'spec').map(({ path }) => path);
    expect(schemaPaths(specSchemas[kind], 'spec').toSorted()).toEqual(ofModel.toSorted());
  });

  it('is kept to at every limit: the limit passes, one beyond is refused with field, value, rule and fix', () => {
    const probes = probesOf(`${shape}Spec`, 'spec');
    for (const { field, about, sent, expected } of probes) {
      const place = `${field} (${about}) of ${JSON.stringify(sent)}`;
      if (expected !== undefined) expect(parseSpec(kind, sent), place).toEqual(readBack(expected));
      else expect(refusalFault(kind, sent, field), place).toBeUndefined();
    }
    expect(probes.length).toBeGreaterThan(15);
  });
});

it('has every member of tags that is read, and none that is not', () => {
  const ofModel = pathsFrom('TagList', 'tags').map(({ path }) => path);
  expect(schemaPaths(tagList, 'tags').toSorted()).toEqual(ofModel.toSorted());
});

/** What is wrong with how a spec is refused; nothing when all is well. */
function refusalFault(kind: Kind, spec: unknown, field: string): string | undefined {
  try {
    return `was taken, as ${JSON.stringify(parseSpec(kind, spec))}`;
  } catch (error) {
    if (!(error instanceof MeshError) || error.code !== 'BadRequest') throw error;
    const fault = wordingFault(error.message, field, { spec });
    return fault && `"${error.message}" ${fault}`;
  }
}
