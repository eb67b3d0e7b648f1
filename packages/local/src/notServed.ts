import type { Identity, MeshStore } from '@meshwright/model';

/** How many meshes of a store a control plane of this account and region does not have as they were made. */
export interface NotServed {
  /** Other accounts with meshes, and how many each has; by account. */
  readonly accounts: readonly { readonly account: string; readonly meshCount: number }[];
  /** Other regions in the ARNs of this account's meshes, and how many have each; by region. */
  readonly regions: readonly { readonly region: string; readonly meshCount: number }[];
}

/** Most meshes whose ARNs are looked at; who changes the region changes it for all. */
const MOST_MESHES = 100;

/** Looks for meshes of other accounts, which nobody can ask for, and for meshes whose ARNs have another region than new ones will. */
export async function findNotServed(
  store: Pick<MeshStore, 'meshes' | 'meshCount' | 'listMeshes'>,
  { account, region }: Identity,
): Promise<NotServed> {
  const owners = [...new Set((await store.meshes()).map(({ owner }) => owner))].filter((owner) => owner !== account).sort();
  // Deleted ones are among those that ever were.
  const counted = await Promise.all(owners.map(async (owner) => ({ account: owner, meshCount: await store.meshCount(owner) })));
  const { items } = await store.listMeshes(account, { limit: MOST_MESHES });
  const regions = new Map<string, number>();
  for (const { metadata } of items) {
    const [, , , itsRegion = ''] = metadata.arn.split(':');
    if (itsRegion !== region) regions.set(itsRegion, (regions.get(itsRegion) ?? 0) + 1);
  }
  return {
    accounts: counted.filter(({ meshCount }) => meshCount > 0),
    regions: [...regions].sort(([a], [b]) => (a < b ? -1 : 1)).map(([its, meshCount]) => ({ region: its, meshCount })),
  };
}

/** One line of the log for each other account and region, with the way to them. */
export function notServedLines({ accounts, regions }: NotServed, folder: string, region: string): readonly string[] {
  return [
    ...accounts.map(
      ({ account, meshCount }) =>
        `${folder} also holds ${meshes(meshCount)} of account ${account}, not served here: start with --account ${account} for ${meshCount === 1 ? 'it' : 'them'}`,
    ),
    ...regions.map(
      ({ region: its, meshCount }) =>
        `${meshes(meshCount)} in ${folder} ${meshCount === 1 ? 'was' : 'were'} made for region ${its}, this is ${region}: ARNs from before keep ${its}; start with --region ${its} to go on as before`,
    ),
  ];
}

function meshes(count: number): string {
  return count === 1 ? '1 mesh' : `${count} meshes`;
}
