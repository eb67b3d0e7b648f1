import type { Ref, Resource } from '@meshwright/model';
import { beforeEach, describe, expect, test } from 'vitest';
import { meshAt } from '../meshAt.ts';
import { meshStateOf, type WrittenResource } from '../testing/meshState.ts';
import { Memo, root } from './memo.ts';
import type { Unit } from './unit.ts';

const MESH = { owner: '123456789012', mesh: 'apps' };
const node = (name: string): Ref<'virtualNode'> => ({ kind: 'virtualNode', mesh: 'apps', name });
const route = (name: string): Ref => ({ kind: 'route', mesh: 'apps', name, parent: 'r' });
const written = (name: string, hostname: string): WrittenResource => ({
  kind: 'virtualNode',
  name,
  spec: { serviceDiscovery: { dns: { hostname } } },
});

/** What was done, in order. */
let done: string[];
let memo: Memo;
beforeEach(() => {
  done = [];
  memo = new Memo(MESH);
});

function unit<Value>(name: string, work: Unit<string, Value>['work'], more: Partial<Unit<string, Value>> = {}): Unit<string, Value> {
  return {
    name,
    keyOf: (arg) => arg,
    work: (arg, reader) => {
      done.push(`${name} ${arg}`);
      return work(arg, reader);
    },
    ...more,
  };
}

const hostname = unit('hostname', (name, { get }) => get(node(name))?.spec.serviceDiscovery?.dns?.hostname);
/** Says of the node named in `a`'s hostname what its hostname is. */
const followed = unit('followed', (name, { use }) => {
  const next = use(hostname, name);
  return next === undefined ? 'nowhere' : (use(hostname, next) ?? 'nowhere');
});
const initial = unit('initial', (name, { use }) => use(hostname, name)?.[0]);
const user = unit('user', (name, { use }) => use(initial, name));

function update(
  resources: readonly WrittenResource[],
  changed: readonly Ref[],
  add: readonly ReturnType<typeof root>[] = [],
  remove = add.slice(0, 0),
) {
  done = [];
  return memo.update(meshAt(meshStateOf([{ kind: 'mesh', name: 'apps' }, ...resources])).contents, changed, { add, remove });
}

describe('an update', () => {
  test('does what was never done, and once for all who use it', () => {
    update([written('a', 'x')], [], [root(user, 'a'), root(initial, 'a'), root(hostname, 'a')]);
    expect(done).toEqual(['user a', 'initial a', 'hostname a']);
    expect(memo.outcome('user a')).toEqual({ value: 'x' });
  });

  test('does again what asked for what changed, and stops where the result is the same', () => {
    update([written('a', 'xy')], [], [root(user, 'a')]);
    const { changed, work } = update([written('a', 'xz')], [node('a')]);
    expect(done).toEqual(['hostname a', 'initial a']);
    expect([...work]).toEqual([
      ['hostname', 1],
      ['initial', 1],
    ]);
    expect([...changed]).toEqual([]);
    expect([...update([written('a', 'z')], [node('a')]).changed]).toEqual(['user a']);
    expect(done).toEqual(['hostname a', 'initial a', 'user a']);
  });

  test('does nothing for what nobody asked for', () => {
    update([written('a', 'x')], [], [root(user, 'a')]);
    update([written('a', 'x'), written('b', 'y')], [node('b'), route('r')]);
    expect(done).toEqual([]);
  });

  test('notices what was asked for in vain', () => {
    update([], [], [root(followed, 'a')]);
    expect(memo.outcome('followed a')).toEqual({ value: 'nowhere' });
    update([written('a', 'b')], [node('a')]);
    expect(memo.outcome('followed a')).toEqual({ value: 'nowhere' });
    update([written('a', 'b'), written('b', 'found')], [node('b')]);
    expect(memo.outcome('followed a')).toEqual({ value: 'found' });
  });

  test('does not do what only an earlier answer had asked for', () => {
    update([written('a', 'b'), written('b', 'x')], [], [root(followed, 'a')]);
    update([written('a', 'c'), written('b', 'y'), written('c', 'z')], [node('a'), node('b'), node('c')]);
    expect(done).toEqual(['hostname a', 'followed a', 'hostname c']);
  });

  test('drops what nobody uses any more, with what it reported', () => {
    const finding = { code: 'not-compiled', severity: 'warning', ref: node('b'), pointer: '', message: 'm', fix: 'f' } as const;
    const telling = unit('telling', (name, { use, report }) => {
      report(finding);
      return use(hostname, name);
    });
    const outer = unit('outer', (name, { use }) => (use(hostname, name) === 'b' ? use(telling, 'b') : 'alone'));
    update([written('a', 'b')], [], [root(outer, 'a')]);
    expect(memo.diagnostics()).toEqual([finding]);
    expect(memo.size).toBe(4);
    update([written('a', 'c')], [node('a')]);
    expect(memo.diagnostics()).toEqual([]);
    expect(memo.size).toBe(2);
    expect([...update([written('a', 'c')], [], [], [root(outer, 'a')]).changed]).toEqual(['outer a']);
    expect(memo.size).toBe(0);
    expect(memo.outcome('outer a')).toBeUndefined();
  });

  test('lists by kind and parent, in the order of the names', () => {
    const names = unit('names', (parent, { list }) => list('route', parent).map(({ ref }) => ref.name));
    const spec = { tcpRoute: { action: { weightedTargets: [{ virtualNode: 'a', weight: 1 }] } } };
    const [b, a, other] = [
      { kind: 'route', name: 'b', parent: 'r', spec },
      { kind: 'route', name: 'a', parent: 'r', spec },
      { kind: 'route', name: 'c', parent: 'other', spec },
    ] as const;
    update([b, a, other], [], [root(names, 'r')]);
    expect(memo.outcome('names r')).toEqual({ value: ['a', 'b'] });
    update([b, a], [{ kind: 'route', mesh: 'apps', name: 'c', parent: 'other' }]);
    expect(done).toEqual([]);
    update([b], [route('a')]);
    expect(memo.outcome('names r')).toEqual({ value: ['b'] });
  });
});

describe('a unit that fails', () => {
  const failing = (blame?: Unit<string, unknown>['blame']) =>
    unit<unknown>(
      'failing',
      (name, { get }) => {
        const found: Resource | undefined = get(node(name));
        if (found !== undefined) throw new Error('tripped');
        return 'fine';
      },
      blame && { blame },
    );

  test('is told once, where it is to blame, and fails those who use it', () => {
    const inner = failing(() => ({ ref: node('a'), what: 'a', consequence: 'so it goes' }));
    const middle = unit('middle', (name, { use }) => use(inner, name), { blame: () => ({ ref: node('m'), what: 'm', consequence: '' }) });
    update([written('a', 'x')], [], [root(middle, 'a'), root(inner, 'a')]);
    expect(memo.diagnostics()).toMatchObject([{ ref: node('a'), message: 'The compiler failed (Error: tripped): so it goes.' }]);
    expect(String((memo.outcome('middle a') as { cause: unknown }).cause)).toBe('Error: a was not compiled');
    update([], [node('a')]);
    expect(memo.outcome('middle a')).toEqual({ value: 'fine' });
    expect(memo.diagnostics()).toEqual([]);
  });

  test('is a fault of those who use it, where nobody is to blame', () => {
    const outer = unit('outer', (name, { use }) => use(failing(), name), {
      blame: () => ({ ref: node('o'), what: 'o', consequence: 'c' }),
    });
    update([written('a', 'x')], [], [root(outer, 'a')]);
    expect(memo.diagnostics()).toMatchObject([{ ref: node('o'), message: 'The compiler failed (Error: tripped): c.' }]);
  });

  test('by needing itself is found out', () => {
    const circle: Unit<string, unknown> = unit('circle', (name, { use }) => use(circle, name));
    update([], [], [root(circle, 'a')]);
    expect(String((memo.outcome('circle a') as { cause: unknown }).cause)).toContain('circle a needs itself');
  });
});
