import { describe, expect, it } from 'vitest';
import { parseName } from './names.ts';
import type { Kind } from './resource.ts';
import { parseSpec } from './spec.ts';
import { parseTags } from './tag.ts';
import { type Probe, probesOf, shapeOf } from './testing/apiModel.ts';

const kinds: readonly Kind[] = ['mesh', 'virtualNode', 'virtualRouter', 'route', 'virtualService', 'virtualGateway', 'gatewayRoute'];

describe.each(kinds)('the API model of %s', (kind) => {
  const [first = '', ...rest] = kind;
  const shape = `${first.toUpperCase()}${rest.join('')}`;

  it('has one spec for create and update', () => {
    const specOf = (action: string): unknown => shapeOf(`${action}${shape}Input`).members?.spec?.shape;
    expect([specOf('Create'), specOf('Update')]).toEqual([`${shape}Spec`, `${shape}Spec`]);
  });

  it('is kept to at every limit: the limit passes, one beyond is refused by its field', () => {
    // No end is greater than the greatest start, so that one is no legal value after all.
    const probes = [...probesOf(`${shape}Spec`)].filter(
      ({ field, what }) => !(field.endsWith('range.start') && what === `${Number.MAX_SAFE_INTEGER}`),
    );
    const wrong = probes.map((probe) => judge((spec) => parseSpec(kind, spec), inOrder(probe))).filter((fault) => fault !== undefined);
    expect(wrong).toEqual([]);
    expect(probes.length).toBeGreaterThan(15);
  });
});

it('keeps tags to the limits of the API model', () => {
  const probes = [...probesOf('TagList', 'tags')].filter(({ what }) => what !== '50 items' && what !== '51 items');
  expect(probes.map((probe) => judge(parseTags, probe)).filter((fault) => fault !== undefined)).toEqual([]);
  const tags = (count: number): unknown => Array.from({ length: count }, (_, index) => ({ key: `k${index}`, value: '' }));
  expect(parseTags(tags(50))).toHaveLength(50);
  expect(() => parseTags(tags(51))).toThrow(expect.objectContaining({ code: 'TooManyTags' }));
});

it('keeps names to the limits of the API model', () => {
  const probes = [...probesOf('ResourceName', 'meshName')];
  expect(probes.map((probe) => judge((name) => parseName('meshName', name), probe)).filter((fault) => fault !== undefined)).toEqual([]);
});

/** What a probe shows to be wrong; nothing when all is well. */
function judge(parse: (spec: unknown) => unknown, { field, what, spec, expected }: Probe): string | undefined {
  const sent = `${field}: ${what}`;
  try {
    const parsed = parse(spec);
    if (expected === undefined) return `${sent} is accepted`;
    expect(parsed).toEqual(withHealthCheckPort(expected));
    return undefined;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (expected !== undefined) return `${sent} is refused: ${error.message}`;
    return error.message.startsWith(`${field} `) ? undefined : `${sent} is refused by another field: ${error.message}`;
  }
}

/** A connection pool must be of the listener's protocol: a rule of ours across two members that the probes vary one at a time. */
function inOrder(probe: Probe): Probe {
  if (probe.expected === undefined) return probe;
  const adapt = (spec: unknown): unknown =>
    JSON.parse(JSON.stringify(spec), (_, value) => {
      if (value?.connectionPool == null) return value;
      const [protocol] = Object.keys(value.connectionPool);
      return { ...value, portMapping: { ...value.portMapping, protocol } };
    });
  return { ...probe, spec: adapt(probe.spec), expected: adapt(probe.expected) };
}

/** The one member that is filled in. */
function withHealthCheckPort(spec: unknown): unknown {
  return JSON.parse(JSON.stringify(spec), (_, value) =>
    value?.healthCheck === undefined ? value : { ...value, healthCheck: { port: value.portMapping.port, ...value.healthCheck } },
  );
}
