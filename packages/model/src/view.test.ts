import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Ref, Resource } from './resource.ts';
import { refTo, resource } from './testing/sampleResources.ts';
import { MeshIndex, type MeshView, OverlayView, resourceKey } from './view.ts';

const names = fc.constantFrom('a', 'A', 'b', 'c');

const resources: fc.Arbitrary<Resource> = fc.oneof(
  names.map((name) => resource(refTo('virtualNode', name), {})),
  names.map((name) => resource(refTo('virtualRouter', name), {})),
  fc.tuple(names, names).map(([name, virtualNodeName]) => {
    return resource(refTo('virtualService', name), { provider: { virtualNode: { virtualNodeName } } });
  }),
  fc.tuple(names, names, fc.array(names, { minLength: 1, maxLength: 3 })).map(([name, router, targets]) => {
    const weightedTargets = targets.map((virtualNode) => ({ virtualNode, weight: 1 }));
    return resource(refTo('route', name, router), { tcpRoute: { action: { weightedTargets } } });
  }),
);

const changes = fc.array(fc.record({ target: resources, isPut: fc.boolean() }), { maxLength: 30 });

/** Everything a view can be asked about resources of these names, in an order of its own. */
function everything(view: MeshView): unknown {
  const sorted = (found: Iterable<Resource>): string[] => Array.from(found, (each) => JSON.stringify(each)).sort();
  return ['a', 'A', 'b', 'c', 'none'].map((name) => ({
    name,
    node: view.get(refTo('virtualNode', name)),
    route: view.get(refTo('route', name, 'a')),
    routes: sorted(view.list('route', name)),
    referrers: sorted(view.referrers(refTo('virtualNode', name))),
    equalHosts: sorted(view.virtualServicesAs(name)),
    nodes: sorted(view.list('virtualNode')),
    counts: [view.count('virtualNode'), view.count('virtualService'), view.count('route', name)],
    services: sorted(view.list('virtualService')),
  }));
}

it('counts what it lists', () => {
  fc.assert(
    fc.property(fc.array(resources), changes, (base, steps) => {
      const last = new Map(steps.map(({ target, isPut }) => [resourceKey(target.ref), change(target.ref, isPut ? target : undefined)]));
      for (const view of [indexOf(base), new OverlayView(indexOf(base), [...last.values()])]) {
        expect(view.count('virtualNode')).toBe([...view.list('virtualNode')].length);
        expect(view.count('route', 'a')).toBe([...view.list('route', 'a')].length);
      }
    }),
  );
});

function indexOf(found: Iterable<Resource>): MeshIndex {
  const index = new MeshIndex();
  for (const each of found) index.put(each);
  return index;
}

it('answers after any puts and removals as one made of what is left', () => {
  fc.assert(
    fc.property(changes, (steps) => {
      const index = new MeshIndex();
      const left = new Map<string, Resource>();
      for (const { target, isPut } of steps) {
        if (isPut) index.put(target);
        else index.remove(target.ref);
        if (isPut) left.set(resourceKey(target.ref), target);
        else left.delete(resourceKey(target.ref));
      }
      expect(everything(index)).toEqual(everything(indexOf(left.values())));
    }),
  );
});

it('answers through an overlay as if the changes were made, and leaves what is below as it was', () => {
  fc.assert(
    fc.property(fc.array(resources), changes, (base, steps) => {
      const below = indexOf(base);
      const before = everything(below);
      const last = new Map(steps.map(({ target, isPut }) => [resourceKey(target.ref), change(target.ref, isPut ? target : undefined)]));
      const overlay = new OverlayView(below, [...last.values()]);
      const changed = indexOf(base);
      for (const { ref, after } of last.values()) {
        if (after === undefined) changed.remove(ref);
        else changed.put(after);
      }
      expect(everything(overlay)).toEqual(everything(changed));
      expect(everything(below)).toEqual(before);
    }),
  );
});

function change(ref: Ref, after: Resource | undefined): { readonly ref: Ref; readonly after?: Resource } {
  return after === undefined ? { ref } : { ref, after };
}
