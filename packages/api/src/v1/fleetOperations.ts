import { type MeshKey, parseName } from '@meshwright/model';
import { meshOwner } from '../address.ts';
import { firstMissing } from '../missing.ts';
import type { Call, Operation, OperationParts } from '../operation.ts';
import { nextTokenAfter, pageQuery } from '../paging.ts';
import type { FleetView } from './fleet.ts';

/** Items of a page when the request has no `limit`, and the most it may ask for; as many as App Mesh's listings have. */
const MAX_PAGE_ITEMS = 100;

/** What is told of proxies, below `/v1`. */
export function fleetOperations(fleet: FleetView): readonly Operation[] {
  return [
    { name: 'ListProxies', method: 'GET', path: '/meshes/:meshName/proxies', run: (parts, call) => listProxies(fleet, parts, call) },
    { name: 'ListUnknownNodes', method: 'GET', path: '/unknown-nodes', run: (_parts, call) => listUnknownNodes(fleet, call) },
  ];
}

async function listProxies(fleet: FleetView, { store, identity }: OperationParts, call: Call): Promise<object> {
  const wanted = pageQuery(call.query, call.path, MAX_PAGE_ITEMS);
  const owner = meshOwner(call.query.get('meshOwner'), identity.account);
  const mesh: MeshKey = { owner, mesh: parseName('meshName', call.param('meshName')) };
  call.about([mesh.mesh]);
  // Looked at in any case: proxies of a mesh that was deleted stay connected, and are told of with the unknown nodes.
  const missing = await firstMissing(store, mesh, [{ kind: 'mesh', mesh: mesh.mesh, name: mesh.mesh }]);
  if (missing !== undefined) throw missing;
  const { items, next } = await fleet.proxies(mesh, wanted);
  return { proxies: items, ...(next !== undefined && { nextToken: nextTokenAfter(next, call.path) }) };
}

async function listUnknownNodes(fleet: FleetView, call: Call): Promise<object> {
  const { items, next } = await fleet.unknownNodes(pageQuery(call.query, call.path, MAX_PAGE_ITEMS));
  return { unknownNodes: items, ...(next !== undefined && { nextToken: nextTokenAfter(next, call.path) }) };
}
