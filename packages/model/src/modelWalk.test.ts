import { describe, expect, it } from 'vitest';
import type { Kind } from './resource.ts';
import { parseSpec } from './spec.ts';
import { probesOf, readBack } from './testing/apiModel/probes.ts';
import { shapeOf } from './testing/apiModel/shapes.ts';

// Specs alone; `api` walks whole operations the same way.

const kinds: readonly Kind[] = ['mesh', 'virtualNode', 'virtualRouter', 'route', 'virtualService', 'virtualGateway', 'gatewayRoute'];

describe.each(kinds)('the API model of %s', (kind) => {
  const [first = '', ...rest] = kind;
  const shape = `${first.toUpperCase()}${rest.join('')}`;

  it('has one spec for create and update', () => {
    const specOf = (action: string): unknown => shapeOf(`${action}${shape}Input`).members?.spec?.shape;
    expect([specOf('Create'), specOf('Update')]).toEqual([`${shape}Spec`, `${shape}Spec`]);
  });

  it('is kept to at every limit: the limit passes, one beyond is refused by its field', () => {
    const probes = probesOf(`${shape}Spec`, 'spec');
    for (const { field, about, sent, expected } of probes) {
      const place = `${field} (${about}) of ${JSON.stringify(sent)}`;
      if (expected !== undefined) expect(parseSpec(kind, sent), place).toEqual(readBack(expected));
      else expect(() => parseSpec(kind, sent), place).toThrow(expect.objectContaining({ code: 'BadRequest', message: fieldFirst(field) }));
    }
    expect(probes.length).toBeGreaterThan(15);
  });
});

function fieldFirst(field: string): unknown {
  return expect.stringMatching(new RegExp(`^${field.replaceAll(/[.[\]]/g, '\\$&')} is `));
}
