import { MeshError, type MeshKey, type Page, type PageRequest, shown } from '@meshwright/model';
import { firstMissing } from '../missing.ts';
import type { Call, Operation, OperationParts } from '../operation.ts';
import { pageQuery } from '../paging.ts';
import { deliveryOperation } from './deliveryOperation.ts';
import type { FleetView, ProxyStatus } from './fleet.ts';
import { MAX_PAGE_ITEMS, meshInPath, nextPage } from './listing.ts';
import { PROXY_FILTERS, proxyFilter } from './proxyFilters.ts';

/** What is told of proxies, below `/v1`. */
export function fleetOperations(fleet: FleetView): readonly Operation[] {
  const page = ['limit', 'nextToken'];
  return [
    {
      name: 'ListProxies',
      method: 'GET',
      path: '/meshes/:meshName/proxies',
      query: [...PROXY_FILTERS, ...page, 'meshOwner'],
      run: (parts, call) => listProxies(fleet, parts, call),
    },
    {
      name: 'GetProxy',
      method: 'GET',
      path: '/meshes/:meshName/proxies/:id',
      query: ['meshOwner'],
      run: (parts, call) => getProxy(fleet, parts, call),
    },
    deliveryOperation(fleet),
    { name: 'ListUnknownNodes', method: 'GET', path: '/unknown-nodes', query: page, run: (_parts, call) => listUnknownNodes(fleet, call) },
  ];
}

async function listProxies(fleet: FleetView, parts: OperationParts, call: Call): Promise<object> {
  const wanted = pageQuery(call.query, call.path, MAX_PAGE_ITEMS);
  const isWanted = proxyFilter(call.query);
  const mesh = await existingMesh(parts, call);
  const page = pageOf((await fleet.proxies(mesh)).filter(isWanted), wanted);
  return { proxies: page.items, ...nextPage(page, call) };
}

async function getProxy(fleet: FleetView, parts: OperationParts, call: Call): Promise<object> {
  const mesh = await existingMesh(parts, call);
  const id = call.param('id') ?? '';
  const streams = await fleet.proxy(mesh, id);
  const [newest] = streams.toSorted((a, b) => Number(isOpen(b)) - Number(isOpen(a)) || compareText(b.connectedAt, a.connectedAt));
  if (newest !== undefined) return { proxy: newest };
  throw new MeshError(
    'NotFound',
    `Mesh ${shown(mesh.mesh)} has no proxy ${shown(id)}: take an id from GET /v1/meshes/${mesh.mesh}/proxies.`,
  );
}

async function listUnknownNodes(fleet: FleetView, call: Call): Promise<object> {
  const wanted = pageQuery(call.query, call.path, MAX_PAGE_ITEMS);
  const page = pageOf(await fleet.unknownNodes(), wanted);
  return { unknownNodes: page.items, ...nextPage(page, call) };
}

/** Looked at in any case: proxies of a mesh that was deleted stay connected, and are told of with the unknown nodes. */
async function existingMesh(parts: OperationParts, call: Call): Promise<MeshKey> {
  const mesh = meshInPath(parts, call);
  const missing = await firstMissing(parts.store, mesh, [{ kind: 'mesh', mesh: mesh.mesh, name: mesh.mesh }]);
  if (missing !== undefined) throw missing;
  return mesh;
}

/** In the order of node ids; a page goes on after what the last one ended with, so that what comes and goes costs no other row. */
function pageOf<Row extends Pick<ProxyStatus, 'nodeId' | 'id' | 'relay'>>(rows: readonly Row[], { limit, after }: PageRequest): Page<Row> {
  const keyed = rows.map((row) => ({ key: `${row.nodeId}\n${row.id}\n${row.relay}`, row }));
  const rest = keyed.filter(({ key }) => after === undefined || key > after).sort((a, b) => compareText(a.key, b.key));
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  return { items: page.map(({ row }) => row), ...(rest.length > limit && last !== undefined && { next: last.key }) };
}

function isOpen({ disconnectedAt }: ProxyStatus): boolean {
  return disconnectedAt === undefined;
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
