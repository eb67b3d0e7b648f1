import type { IpPreference, MeshSpec, VirtualNodeSpec } from '@meshwright/model';
import type { Reader, Unit } from '../incremental/unit.ts';

/** The mesh's own spec: tags of a mesh change without it, and every proxy uses it. */
export const meshSpec: Unit<undefined, MeshSpec> = {
  name: 'meshSpec',
  keyOf: () => '',
  work: (_, { mesh, get }) => get({ kind: 'mesh', mesh: mesh.mesh, name: mesh.mesh })?.spec ?? {},
};

/** Which addresses are used of a node: its own preference, else the mesh's. A gateway has none of its own. */
export function ipPreferenceOf(
  { use }: Reader,
  { serviceDiscovery }: Pick<VirtualNodeSpec, 'serviceDiscovery'> = {},
): {
  readonly ipPreference?: IpPreference;
} {
  const own = (serviceDiscovery?.dns ?? serviceDiscovery?.awsCloudMap)?.ipPreference;
  const ipPreference = own ?? use(meshSpec, undefined).serviceDiscovery?.ipPreference;
  return ipPreference === undefined ? {} : { ipPreference };
}
