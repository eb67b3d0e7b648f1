import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { LayeredMap } from './layeredMap.ts';

const key = fc.integer({ min: 0, max: 300 }).map(String);
const changes = fc.dictionary(key, fc.option(fc.nat(), { nil: undefined }), { maxKeys: 40 });

test('is what a copied map would be after any changes, and leaves those before it as they were', () => {
  fc.assert(
    fc.property(fc.array(changes, { maxLength: 20 }), (steps) => {
      let layered = new LayeredMap<number>();
      const plain = new Map<string, number>();
      const versions: { readonly layered: LayeredMap<number>; readonly copy: ReadonlyMap<string, number> }[] = [];
      for (const step of steps) {
        layered = layered.with(new Map(Object.entries(step)));
        for (const [name, value] of Object.entries(step)) {
          if (value === undefined) plain.delete(name);
          else plain.set(name, value);
        }
        versions.push({ layered, copy: new Map(plain) });
      }
      for (const { layered: version, copy } of versions) {
        expect(new Map(version)).toEqual(copy);
        expect(version.size).toBe(copy.size);
        expect([...version.keys()].sort()).toEqual([...copy.keys()].sort());
        expect([...version.values()].sort()).toEqual([...copy.values()].sort());
        for (const name of ['0', '1', '300', 'absent']) {
          expect(version.get(name)).toBe(copy.get(name));
          expect(version.has(name)).toBe(copy.has(name));
        }
        const seen = new Map<string, number>();
        version.forEach((value, name) => void seen.set(name, value));
        expect(seen).toEqual(copy);
      }
    }),
  );
});
