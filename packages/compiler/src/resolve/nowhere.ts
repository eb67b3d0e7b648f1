import type { MeshKey } from '@meshwright/model';
import { nowhereClusterName } from '../ir/names.ts';
import type { ClusterIr, TcpActionIr } from '../ir/proxy.ts';

/** Closes connections: a port that belongs to the mesh is not let through because nothing answers on it. */
export function nowhere({ mesh }: MeshKey, port: number): { readonly action: TcpActionIr; readonly clusters: readonly ClusterIr[] } {
  const name = nowhereClusterName(mesh);
  return {
    action: { kind: 'cluster', target: { cluster: name, port } },
    clusters: [{ kind: 'unresolved', name, source: { resource: '', pointer: '' } }],
  };
}
