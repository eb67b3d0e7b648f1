import { MeshError, type MeshKey, type MeshStore, type Ref } from '@meshwright/model';
import { quote } from './requestTarget.ts';
import type { ResourceKind } from './resourceKind.ts';

/** A resource that was looked for, with the word App Mesh has for its kind. */
interface Sought {
  readonly title: string;
  readonly ref: Ref;
}

/** What a request about `ref` needs to exist above it, outermost first. */
export function ancestors(kind: ResourceKind, mesh: MeshKey, parent: string | undefined): readonly Sought[] {
  const above: Sought[] = kind.kind === 'mesh' ? [] : [{ title: 'Mesh', ref: { kind: 'mesh', mesh: mesh.mesh, name: mesh.mesh } }];
  if (kind.parent !== undefined && parent !== undefined) {
    above.push({ title: kind.parent.title, ref: { kind: kind.parent.kind, mesh: mesh.mesh, name: parent } });
  }
  return above;
}

/** The outermost of these that does not exist, as an error; undefined when all are there. Read only after something was not found. */
export async function firstMissing(store: MeshStore, mesh: MeshKey, sought: readonly Sought[]): Promise<MeshError | undefined> {
  for (const one of sought) {
    if ((await store.get(mesh, one.ref)) === undefined) return notPresent(mesh, one);
  }
  return undefined;
}

/** `NotFound` in App Mesh's own words; clients switch on the code, people search for the words. */
export function notPresent(mesh: MeshKey, { title, ref }: Sought): MeshError {
  const place = ref.kind === 'mesh' ? '' : ` under mesh ${quote(mesh.mesh)}`;
  const message = `${title} with name ${quote(ref.name)} is not present${place} for account ${mesh.owner}. Create it first, or correct the name.`;
  return new MeshError('NotFound', message, { ref });
}
