import { CLUSTER_TYPE, LISTENER_TYPE, ROUTE_TYPE } from '@meshwright/envoy-api';
import { describe, expect, it } from 'vitest';
import { ServedMesh } from './servedMesh.ts';
import { FIRST } from './testing/boot.ts';
import { snapshotOf } from './testing/store.ts';

const A = 'virtualNode/a';
const at = (n: number, content: string) =>
  snapshotOf(n, { [A]: { ...FIRST, listeners: { l: content }, routes: { r: content }, clusters: { x: content } } });
const versionOf = (served: ServedMesh, typeUrl: string): string => served.proxy(A)?.set(typeUrl)?.version ?? '';

describe('a mesh in service', () => {
  it.each([LISTENER_TYPE, ROUTE_TYPE])('still knows %s of the version before, after a commit that changed nothing', (typeUrl) => {
    const first = ServedMesh.of(at(1, 'one'), 1n, undefined);
    const second = ServedMesh.of(at(2, 'two'), 2n, first);
    const third = second.withVersion({ epoch: 1, n: 3n, build: 1 }, 3n);
    expect([third.label, third.rev]).toEqual(['1.3.1', 3n]);
    expect(third.proxy(A)).toBe(second.proxy(A));
    expect(third.known(A, typeUrl, versionOf(first, typeUrl))?.size).toBe(1);
    expect(third.known(A, typeUrl, versionOf(second, typeUrl))).toBe(second.proxy(A)?.set(typeUrl));
  });

  it('knows two versions, never more', () => {
    const first = ServedMesh.of(at(1, 'one'), 1n, undefined);
    const third = ServedMesh.of(at(3, 'three'), 3n, ServedMesh.of(at(2, 'two'), 2n, first));
    expect(third.known(A, LISTENER_TYPE, versionOf(first, LISTENER_TYPE))).toBeUndefined();
  });

  it('forgets what proxies were sent that no longer exist', () => {
    const first = ServedMesh.of(at(1, 'one'), 1n, undefined);
    const set = first.proxy(A)?.set(CLUSTER_TYPE);
    if (set !== undefined) first.remember(A, set);
    const kept = ServedMesh.of(at(3, 'three'), 3n, ServedMesh.of(at(2, 'two'), 2n, first));
    expect(kept.known(A, CLUSTER_TYPE, versionOf(first, CLUSTER_TYPE))).toBe(set);
    const without = ServedMesh.of(snapshotOf(5, {}), 5n, ServedMesh.of(snapshotOf(4, {}), 4n, kept));
    expect(ServedMesh.of(at(6, 'six'), 6n, without).known(A, CLUSTER_TYPE, versionOf(first, CLUSTER_TYPE))).toBeUndefined();
  });
});
