import type { ServedContent, XdsType } from '@meshwright/api';
import type { MeshSnapshot, SnapshotStore } from '@meshwright/snapshot';
import { serviceOf } from './proxyStatus.ts';

/** Meshes whose versions are remembered; the one that was asked for longest ago is read again. */
const MOST_REMEMBERED = 16;

interface Versions {
  readonly key: string;
  /** `virtualNode/NAME` → type → hash of its content. */
  readonly proxies: ReadonlyMap<string, ReadonlyMap<XdsType, string>>;
}

/** What each proxy of a mesh should run, by the newest snapshot; read once for each. */
export class ServedVersions {
  readonly #snapshots: Pick<SnapshotStore, 'head' | 'read'>;
  readonly #known = new Map<string, Versions>();

  constructor(snapshots: Pick<SnapshotStore, 'head' | 'read'>) {
    this.#snapshots = snapshots;
  }

  /** @param mesh `<owner>/<mesh>`. */
  async of(mesh: string): Promise<ServedContent | undefined> {
    const head = await this.#snapshots.head(mesh);
    if (head === undefined) return undefined;
    const { serving } = head;
    const before = this.#known.get(mesh);
    const versions = before?.key === serving.key ? before : versionsOf(serving.key, await this.#snapshots.read(mesh, serving));
    this.#known.delete(mesh);
    this.#known.set(mesh, versions);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MOST_REMEMBERED && oldest !== undefined) this.#known.delete(oldest);
    return {
      revision: serving.version.n,
      version: ({ kind, name }, type) => versions.proxies.get(`${kind}/${name}`)?.get(type),
    };
  }
}

function versionsOf(key: string, { proxies }: MeshSnapshot): Versions {
  const versions = Array.from(proxies, ([name, { types }]) => {
    const known = Array.from(types, ([typeUrl, { version }]) => [serviceOf(typeUrl), version] as const);
    return [name, new Map(known.filter((entry): entry is [XdsType, string] => entry[0] !== undefined))] as const;
  });
  return { key, proxies: new Map(versions) };
}
