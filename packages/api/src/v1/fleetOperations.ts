import { firstMissing } from '../missing.ts';
import type { Call, Operation, OperationParts } from '../operation.ts';
import { pageQuery } from '../paging.ts';
import type { FleetView } from './fleet.ts';
import { MAX_PAGE_ITEMS, meshInPath, nextPage } from './listing.ts';

/** What is told of proxies, below `/v1`. */
export function fleetOperations(fleet: FleetView): readonly Operation[] {
  return [
    { name: 'ListProxies', method: 'GET', path: '/meshes/:meshName/proxies', run: (parts, call) => listProxies(fleet, parts, call) },
    { name: 'ListUnknownNodes', method: 'GET', path: '/unknown-nodes', run: (_parts, call) => listUnknownNodes(fleet, call) },
  ];
}

async function listProxies(fleet: FleetView, parts: OperationParts, call: Call): Promise<object> {
  const wanted = pageQuery(call.query, call.path, MAX_PAGE_ITEMS);
  const mesh = meshInPath(parts, call);
  // Looked at in any case: proxies of a mesh that was deleted stay connected, and are told of with the unknown nodes.
  const missing = await firstMissing(parts.store, mesh, [{ kind: 'mesh', mesh: mesh.mesh, name: mesh.mesh }]);
  if (missing !== undefined) throw missing;
  const page = await fleet.proxies(mesh, wanted);
  return { proxies: page.items, ...nextPage(page, call) };
}

async function listUnknownNodes(fleet: FleetView, call: Call): Promise<object> {
  const page = await fleet.unknownNodes(pageQuery(call.query, call.path, MAX_PAGE_ITEMS));
  return { unknownNodes: page.items, ...nextPage(page, call) };
}
