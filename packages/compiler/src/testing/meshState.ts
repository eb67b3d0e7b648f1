import { type Kind, type MeshState, parseSpec, type Ref, type Resource } from '@meshwright/model';

/** A resource as a user writes it in a test's `mesh.yaml`. */
export interface WrittenResource {
  readonly kind: Kind;
  readonly name: string;
  /** Virtual router of a route. */
  readonly parent?: string;
  readonly spec?: unknown;
}

const OWNER = '123456789012';

/**
 * The state of a mesh that holds these resources, created one second after the other in the order of the list.
 * @throws MeshError `BadRequest` when a spec breaks the model.
 */
export function meshStateOf(written: readonly WrittenResource[], generation = 1n): MeshState {
  const mesh = written.find(({ kind }) => kind === 'mesh')?.name ?? 'apps';
  return { mesh: { owner: OWNER, mesh }, generation, resources: written.map((resource, position) => resourceOf(mesh, resource, position)) };
}

function resourceOf(mesh: string, { kind, name, parent, spec = {} }: WrittenResource, position: number): Resource {
  const ref: Ref = { kind, mesh, name, ...(parent !== undefined && { parent }) };
  const at = position * 1000;
  const metadata = {
    arn: '',
    uid: `uid-${position}`,
    version: 1,
    createdAt: at,
    lastUpdatedAt: at,
    meshOwner: OWNER,
    resourceOwner: OWNER,
  };
  return { ref, spec: parseSpec(kind, spec), metadata, tags: [] };
}

/** What one mesh has that another has not, or has otherwise: what commits between the two would name. */
export function changesBetween(before: MeshState, after: MeshState): readonly Ref[] {
  const [was, is] = [before, after].map(({ resources }) => new Map(resources.map((resource) => [JSON.stringify(resource.ref), resource])));
  const all = new Map([...(was ?? []), ...(is ?? [])]);
  return [...all].filter(([key]) => JSON.stringify(was?.get(key)) !== JSON.stringify(is?.get(key))).map(([, { ref }]) => ref);
}
