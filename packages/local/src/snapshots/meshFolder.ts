import { basename, dirname, join } from 'node:path';
import {
  chainOf,
  compareVersions,
  contentHash,
  decodeHead,
  encodeHead,
  folderName,
  type Head,
  type HeldResource,
  holdingHead,
  type Lineages,
  type MeshSnapshot,
  type PackedFile,
  type Published,
  type PublishOutcome,
  publishInSteps,
  SnapshotUnreadable,
} from '@meshwright/snapshot';
import { type FileSystem, isSystemError, makeFolder, UNFINISHED, writeDurably } from './durableFile.ts';
import { restored } from './restored.ts';
import { abandonedKeys, hasObsolete, obsoleteKeys, versionOfKey } from './retention.ts';

const HEAD_FILE = 'head.json';
const OBJECT = '.snapshot';

/**
 * The head in a mesh's folder; undefined where none was written yet.
 * @throws SnapshotUnreadable when it cannot be read: to go on without would let the head go back.
 */
export async function readHead(folder: string, fs: FileSystem): Promise<Head | undefined> {
  const path = join(folder, HEAD_FILE);
  try {
    const head = decodeHead(await fs.readFile(path), path);
    if (folderName(head.mesh) === basename(folder)) return head;
    throw new SnapshotUnreadable(
      path,
      'mismatched',
      `it is of mesh ${head.mesh}, whose folder is ${folderName(head.mesh)}. Move it there.`,
    );
  } catch (cause) {
    if (isSystemError(cause, 'ENOENT')) return undefined;
    if (!isSystemError(cause, 'EISDIR')) throw cause;
    const detail = 'it is a folder. Delete the folder it is in: the mesh is then published again from the store.';
    throw new SnapshotUnreadable(path, 'corrupt', detail, { cause });
  }
}

/** What a mesh's folder works with. */
export interface MeshFolderParts {
  readonly fs: FileSystem;
  readonly path: string;
  /** Of all meshes. */
  readonly lineages: Lineages;
  /** Told of every head that was written. */
  readonly onHead: (head: Head) => void;
}

/** One mesh's head and objects in a folder of their own; publishers wait for each other. */
export class MeshFolder {
  readonly #fs: FileSystem;
  readonly #path: string;
  readonly #onHead: (head: Head) => void;
  #head: Head | undefined;
  readonly #lineages: Lineages;
  /** Key of each object that is there → keys of what it builds on, as far as it was looked at. */
  readonly #chains: Map<string, readonly string[] | undefined>;
  #last: Promise<unknown> = Promise.resolve();

  private constructor({ fs, path, lineages, onHead }: MeshFolderParts, head: Head | undefined, keys: Iterable<string>) {
    this.#fs = fs;
    this.#path = path;
    this.#lineages = lineages;
    this.#onHead = onHead;
    this.#head = head;
    this.#chains = new Map(Array.from(keys, (key) => [key, undefined]));
  }

  /** A folder that will be made by the first publish. */
  static fresh(parts: MeshFolderParts): MeshFolder {
    return new MeshFolder(parts, undefined, []);
  }

  /**
   * Opens a folder that is there and removes what a crash has left in it.
   * @throws SnapshotUnreadable when its head cannot be read.
   */
  static async open(parts: MeshFolderParts): Promise<MeshFolder> {
    const names = await parts.fs.readdir(parts.path);
    const head = await readHead(parts.path, parts.fs);
    const keys = names.filter((name) => name.endsWith(OBJECT)).map((name) => name.slice(0, -OBJECT.length));
    const folder = new MeshFolder(parts, head, keys);
    await folder.#remove(names.filter((name) => name.endsWith(UNFINISHED)));
    await folder.#removeObjects(abandonedKeys(keys, head));
    return folder;
  }

  get head(): Head | undefined {
    return this.#head;
  }

  /** @throws SnapshotUnreadable when there is no such object. */
  async readObject(key: string): Promise<Uint8Array> {
    try {
      // A key that is none could lead out of the folder.
      if (versionOfKey(key) !== undefined) return await this.#fs.readFile(this.#objectPath(key));
    } catch (cause) {
      if (!isSystemError(cause, 'ENOENT')) throw cause;
    }
    throw new SnapshotUnreadable(key, 'missing', `there is no such object in ${this.#path}`);
  }

  async publish(snapshot: MeshSnapshot, parent: Published | undefined): Promise<PublishOutcome> {
    return await this.#inTurn(() => this.#publish(snapshot, parent));
  }

  /** Writes what the head holds; false when it is not `before` any more. */
  async hold(before: Head, held: readonly HeldResource[]): Promise<boolean> {
    return await this.#inTurn(async () => {
      if (this.#head?.rev !== before.rev) return false;
      await this.#moveHead(holdingHead(before, held));
      return true;
    });
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const outcome = this.#last.then(work, work);
    this.#last = outcome;
    return await outcome;
  }

  async #publish(snapshot: MeshSnapshot, parent: Published | undefined): Promise<PublishOutcome> {
    const steps = {
      before: this.#head,
      lineages: this.#lineages,
      hasObject: (key: string) => this.#hasObject(key),
      writeObject: (object: PackedFile) => this.#writeObject(object),
      moveHead: async (head: Head) => {
        await this.#moveHead(head);
        return true;
      },
    };
    return await publishInSteps(steps, snapshot, parent);
  }

  /**
   * Writes the object of the newest version anew, and tells those who serve it; nothing when the head has moved on.
   */
  async restore(snapshot: MeshSnapshot): Promise<void> {
    await this.#inTurn(async () => {
      const before = this.#head;
      if (before === undefined || compareVersions(before.latest.version, snapshot.version) !== 0) return;
      const { head, object } = restored({ ...before, rev: before.rev + 1n }, snapshot);
      await this.#writeObject(object);
      await this.#moveHead(head);
    });
  }

  async #writeObject({ key, bytes, chain }: PackedFile): Promise<void> {
    if (this.#head === undefined) await this.#makeFolders();
    await this.#writeFile(this.#objectPath(key), bytes);
    this.#chains.set(key, chain);
  }

  async #moveHead(head: Head): Promise<void> {
    await this.#writeFile(join(this.#path, HEAD_FILE), encodeHead(head));
    this.#head = head;
    this.#onHead(head);
    await this.#removeObsolete(head);
  }

  async #writeFile(path: string, bytes: Uint8Array): Promise<void> {
    try {
      await writeDurably(path, bytes, this.#fs);
    } catch (error) {
      if (!isSystemError(error, 'ENOENT')) throw error;
      await this.#makeFolders();
      await writeDurably(path, bytes, this.#fs);
    }
  }

  /** Up to the folder of all meshes, which somebody may have deleted: what is above is not ours to make. */
  async #makeFolders(): Promise<void> {
    await makeFolder(dirname(this.#path), this.#fs);
    await makeFolder(this.#path, this.#fs);
  }

  /** Whether the object is there with the bytes its key names. */
  async #hasObject(key: string): Promise<boolean> {
    return key.endsWith(`-${contentHash(await this.#readFile(key))}`);
  }

  async #removeObsolete(head: Head): Promise<void> {
    if (!hasObsolete(this.#chains.size)) return;
    for (const [key, chain] of this.#chains) if (chain === undefined) this.#chains.set(key, chainOf(await this.#readFile(key)));
    await this.#removeObjects(obsoleteKeys(this.#chains.keys(), head, (key) => this.#chains.get(key) ?? []));
  }

  /** Empty when somebody has taken it away. */
  async #readFile(key: string): Promise<Uint8Array> {
    try {
      return await this.#fs.readFile(this.#objectPath(key));
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return new Uint8Array();
      throw error;
    }
  }

  async #removeObjects(keys: readonly string[]): Promise<void> {
    await this.#remove(keys.map((key) => `${key}${OBJECT}`));
    for (const key of keys) this.#chains.delete(key);
  }

  async #remove(names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => this.#fs.rm(join(this.#path, name), { force: true })));
  }

  #objectPath(key: string): string {
    return join(this.#path, `${key}${OBJECT}`);
  }
}
