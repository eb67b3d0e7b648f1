import { MeshError, type MeshKey, notPresent, shown } from '@meshwright/model';
import type { Call, Operation, OperationParts } from '../operation.ts';
import { type Delivery, deliveryOf } from './delivery.ts';
import type { FleetView } from './fleet.ts';
import { meshInPath } from './listing.ts';

/** Longest that an answer may be waited for, in milliseconds; proxies in between end requests of a minute. */
const LONGEST_WAIT_MILLIS = 60_000;

/** How far a revision has come, below `/v1`. */
export function deliveryOperation(fleet: FleetView): Operation {
  const path = '/meshes/:meshName/revisions/:revision/delivery';
  const query = ['wait', 'meshOwner'];
  return { name: 'GetDelivery', method: 'GET', path, query, run: (parts, call) => getDelivery(fleet, parts, call) };
}

/** Answers when nobody is pending any more, or when `wait` is over; at once without it. */
async function getDelivery(fleet: FleetView, parts: OperationParts, call: Call): Promise<Delivery> {
  const waitMillis = parseWait(call.query.get('wait'));
  const mesh = meshInPath(parts, call);
  const revision = parseRevision(call.param('revision'));
  await checkRevision(parts, mesh, revision);
  // From before the first look: what changes meanwhile is not missed.
  using watch = waitMillis === 0 ? undefined : fleet.watch(mesh, waitMillis);
  for (;;) {
    const delivery = deliveryOf(revision, await fleet.proxies(mesh), await fleet.served(mesh));
    const isAnswered = delivery.published && delivery.pending === 0;
    if (isAnswered || watch === undefined || !(await watch.changed())) return delivery;
  }
}

async function checkRevision({ store }: OperationParts, mesh: MeshKey, revision: bigint): Promise<void> {
  const ref = { kind: 'mesh', mesh: mesh.mesh, name: mesh.mesh } as const;
  if ((await store.get(mesh, ref)) === undefined) throw notPresent(mesh, ref);
  const newest = await store.generation(mesh);
  if (revision <= newest) return;
  throw new MeshError('NotFound', `revision is ${revision} but mesh ${shown(mesh.mesh)} is at ${newest}: ask for one from 1 to ${newest}.`);
}

function parseRevision(text = ''): bigint {
  if (/^[1-9]\d{0,17}$/.test(text)) return BigInt(text);
  throw new MeshError(
    'BadRequest',
    `revision is ${shown(text)} but must be a whole number from 1: each accepted change of a mesh has one.`,
  );
}

function parseWait(text: string | undefined): number {
  if (text === undefined) return 0;
  const [, count, unit] = /^(\d{1,6})(ms|s)$/.exec(text) ?? [];
  const millis = count === undefined ? Number.NaN : Number(count) * (unit === 's' ? 1_000 : 1);
  if (millis <= LONGEST_WAIT_MILLIS) return millis;
  throw new MeshError(
    'BadRequest',
    `wait is ${shown(text)} but must be whole seconds or milliseconds up to ${LONGEST_WAIT_MILLIS / 1_000}s, such as 30s or 500ms: correct it or leave it out to be answered at once.`,
  );
}
