import type { Kind, MeshKey, Ref, Resource } from '@meshwright/model';
import type { MeshContents } from './incremental/unit.ts';
import { type MeshAt, meshAt } from './meshAt.ts';
import { inTurns, type Steps, type Turns } from './steps.ts';

/** A mesh's contents that stay as they are from when `freeze` is called, whatever becomes of those they were made from. */
interface Freezable extends MeshContents {
  /** Copies the contents, at the cost of the whole mesh; the second time there is nothing left to do. */
  freeze(): void;
}

/** Reads contents in place: most compiles are over before these can change, and then copying them would cost more than compiling. */
function freezable(mesh: MeshKey, contents: MeshContents): Freezable {
  let current = contents;
  return {
    get: (ref) => current.get(ref),
    list: (kind, parent) => current.list(kind, parent),
    freeze() {
      if (current === contents) current = meshAt({ mesh, generation: 0n, resources: all(mesh, contents) }).contents;
    },
  };
}

/** Kinds whose resources stand by themselves, each with the kind of those that stand in it. */
const KINDS = [
  ['virtualNode', undefined],
  ['virtualService', undefined],
  ['virtualRouter', 'route'],
  ['virtualGateway', 'gatewayRoute'],
] as const satisfies readonly (readonly [Kind, Kind | undefined])[];

function all({ mesh }: MeshKey, contents: MeshContents): readonly Resource[] {
  const ref: Ref<'mesh'> = { kind: 'mesh', mesh, name: mesh };
  const own = contents.get(ref);
  const resources: Resource[] = own === undefined ? [] : [own];
  for (const [kind, inner] of KINDS) {
    for (const resource of contents.list<Kind>(kind)) {
      resources.push(resource);
      if (inner !== undefined) resources.push(...contents.list<Kind>(inner, resource.ref.name));
    }
  }
  return resources;
}

/**
 * Does work on a mesh in turns with others. What the mesh is read from may change as soon as others get on, so before the first turn
 * it is copied.
 */
export async function frozenInTurns<Result>(
  { mesh, generation, contents }: MeshAt,
  work: (at: MeshAt) => Steps<Result>,
  { turn, now }: Turns,
): Promise<{ readonly result: Result; readonly millis: number }> {
  const frozen = freezable(mesh, contents);
  const frozenTurn = (): Promise<void> => {
    frozen.freeze();
    return turn();
  };
  return await inTurns(work({ mesh, generation, contents: frozen }), { turn: frozenTurn, now });
}
