import * as node from 'node:fs/promises';
import { join } from 'node:path';
import {
  folderName,
  type Head,
  type HeldResource,
  type HoldableSnapshots,
  Lineages,
  type LoadedSnapshot,
  type MeshSnapshot,
  type ObjectSnapshots,
  type Published,
  type PublishOutcome,
  readPublished,
  SnapshotsUnavailable,
} from '@meshwright/snapshot';
import { type FileSystem, isSystemError, makeFolder } from './durableFile.ts';
import { HeadFeed } from './headFeed.ts';
import { MeshFolder, type MeshFolderParts, readHead } from './meshFolder.ts';

/**
 * Keeps snapshots in a folder: per mesh one folder with `head.json` and one `<key>.snapshot` per version, the last 50 of them and what they build on.
 * Durable against a crash at any moment. One process at a time may have the folder open; its owner holds the lock.
 */
export class FileSnapshots implements ObjectSnapshots, HoldableSnapshots {
  readonly #fs: FileSystem;
  readonly #path: string;
  readonly #feed = new HeadFeed();
  readonly #lineages = new Lineages();
  readonly #onHead = (head: Head): void => this.#feed.tell(head);
  /** Mesh → its folder; meshes that were only asked for are not kept. */
  readonly #folders = new Map<string, MeshFolder>();

  private constructor(fs: FileSystem, path: string) {
    this.#fs = fs;
    this.#path = path;
  }

  /**
   * Opens a folder, made where there is none (its parent must exist), and removes what a crash has left in it.
   * @param fs for tests of what happens when it fails; the operating system's unless told.
   * @throws SnapshotUnreadable when the head of a mesh cannot be read.
   */
  static async open(folder: string, fs: FileSystem = node): Promise<FileSnapshots> {
    await makeFolder(folder, fs);
    const store = new FileSnapshots(fs, folder);
    for (const path of await foldersIn(folder, fs)) {
      const mesh = await MeshFolder.open(store.#partsOf(path));
      if (mesh.head !== undefined) store.#folders.set(mesh.head.mesh, mesh);
    }
    return store;
  }

  /**
   * The heads in a folder, which is only read: it may be in use, and there may be none.
   * @throws SnapshotUnreadable when one of them cannot be read.
   */
  static async headsIn(folder: string): Promise<readonly Head[]> {
    const heads: Head[] = [];
    for (const path of await foldersIn(folder, node)) {
      const head = await readHead(path, node);
      if (head !== undefined) heads.push(head);
    }
    return heads;
  }

  async head(mesh: string): Promise<Head | undefined> {
    return this.#folders.get(mesh)?.head;
  }

  async publish(snapshot: MeshSnapshot, parent: Published | undefined): Promise<PublishOutcome> {
    const { mesh } = snapshot;
    const folder = this.#folders.get(mesh) ?? this.#fresh(mesh);
    this.#folders.set(mesh, folder);
    return await this.#using(() => folder.publish(snapshot, parent));
  }

  async hold(before: Head, held: readonly HeldResource[]): Promise<boolean> {
    const folder = this.#folders.get(before.mesh);
    return folder !== undefined && (await this.#using(() => folder.hold(before, held)));
  }

  async read(mesh: string, published: Published, before?: LoadedSnapshot): Promise<MeshSnapshot> {
    return await readPublished((key) => this.readObject(mesh, key), mesh, published, before);
  }

  async readObject(mesh: string, key: string): Promise<Uint8Array> {
    const folder = this.#folders.get(mesh) ?? this.#fresh(mesh);
    return await this.#using(() => folder.readObject(key));
  }

  /** Writes the object of a mesh's newest version anew, one that cannot be read; nothing when there is a newer version. */
  async restore(snapshot: MeshSnapshot): Promise<void> {
    await this.#using(async () => this.#folders.get(snapshot.mesh)?.restore(snapshot));
  }

  watch(signal: AbortSignal): AsyncIterable<readonly Head[]> {
    return this.#feed.watch(() => this.#heads(), signal);
  }

  async #using<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      if (!(cause instanceof Error && 'syscall' in cause)) throw cause;
      throw new SnapshotsUnavailable(`${this.#path} cannot be used: ${cause.message}`, { cause });
    }
  }

  #fresh(mesh: string): MeshFolder {
    return MeshFolder.fresh(this.#partsOf(join(this.#path, folderName(mesh))));
  }

  #partsOf(path: string): MeshFolderParts {
    return { fs: this.#fs, path, lineages: this.#lineages, onHead: this.#onHead };
  }

  *#heads(): Generator<Head> {
    for (const { head } of this.#folders.values()) if (head !== undefined) yield head;
  }
}

async function foldersIn(folder: string, fs: FileSystem): Promise<readonly string[]> {
  try {
    const entries = await fs.readdir(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => join(folder, name));
  } catch (error) {
    if (isSystemError(error, 'ENOENT')) return [];
    throw error;
  }
}
