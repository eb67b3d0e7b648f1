import { readdir, readFile, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import {
  compareVersions,
  contentHash,
  type EncodedSnapshot,
  encodeSnapshot,
  type Head,
  type MeshSnapshot,
  mayFollow,
  nextHead,
  type Published,
  type PublishOutcome,
  SnapshotUnreadable,
} from '@meshwright/snapshot';
import { isSystemError, makeFolder, UNFINISHED, writeDurably } from './durableFile.ts';
import { decodeHead, encodeHead } from './headFile.ts';
import { restored } from './restored.ts';
import { abandonedKeys, obsoleteKeys, versionOfKey } from './retention.ts';

const HEAD_FILE = 'head.json';
const OBJECT = '.snapshot';

/**
 * Name of the folder that holds one mesh's snapshots: readable characters for people, and a hash, because a mesh name may be
 * longer than a file name, may hold `/` or be `..`, and may differ from another only by its case.
 */
export function folderName(mesh: string): string {
  const readable = mesh
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 48);
  // JSON writes lone surrogates as escapes; plain UTF-8 would make them all the same.
  return `${readable}-${contentHash(Buffer.from(JSON.stringify(mesh)))}`;
}

/**
 * The head in a mesh's folder; undefined where none was written yet.
 * @throws SnapshotUnreadable when it cannot be read: to go on without would let the head go back.
 */
export async function readHead(folder: string): Promise<Head | undefined> {
  const path = join(folder, HEAD_FILE);
  try {
    const head = decodeHead(await readFile(path), path);
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

/** One mesh's head and objects in a folder of their own; publishers wait for each other. */
export class MeshFolder {
  readonly #path: string;
  readonly #onHead: (head: Head) => void;
  #head: Head | undefined;
  #keys: Set<string>;
  #last: Promise<unknown> = Promise.resolve();

  private constructor(path: string, onHead: (head: Head) => void, head: Head | undefined, keys: Iterable<string>) {
    this.#path = path;
    this.#onHead = onHead;
    this.#head = head;
    this.#keys = new Set(keys);
  }

  /** A folder that will be made by the first publish. */
  static fresh(path: string, onHead: (head: Head) => void): MeshFolder {
    return new MeshFolder(path, onHead, undefined, []);
  }

  /**
   * Opens a folder that is there and removes what a crash has left in it.
   * @throws SnapshotUnreadable when its head cannot be read.
   */
  static async open(path: string, onHead: (head: Head) => void): Promise<MeshFolder> {
    const names = await readdir(path);
    const head = await readHead(path);
    const keys = names.filter((name) => name.endsWith(OBJECT)).map((name) => name.slice(0, -OBJECT.length));
    const folder = new MeshFolder(path, onHead, head, keys);
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
      if (versionOfKey(key) !== undefined) return await readFile(this.#objectPath(key));
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    }
    throw new SnapshotUnreadable(key, 'missing', `there is no such object in ${this.#path}`);
  }

  async publish(snapshot: MeshSnapshot, parent: Published | undefined): Promise<PublishOutcome> {
    const publish = (): Promise<PublishOutcome> => this.#publish(snapshot, parent);
    const outcome = this.#last.then(publish, publish);
    this.#last = outcome;
    return await outcome;
  }

  async #publish(snapshot: MeshSnapshot, parent: Published | undefined): Promise<PublishOutcome> {
    const { mesh, version } = snapshot;
    if (!mayFollow(this.#head, parent, version)) return 'stale';
    const encoded = encodeSnapshot(snapshot);
    const { key, content } = encoded;
    const next = nextHead(this.#head, mesh, { version, key, content });
    if (next.outcome === 'unchanged' && !(await this.#holds(next.head.latest.key))) {
      const { head, object } = restored(next.head, snapshot);
      await this.#write(head, object);
      return 'published';
    }
    await this.#write(next.head, next.outcome === 'published' ? encoded : undefined);
    return next.outcome;
  }

  /**
   * Writes the object of the newest version anew, and tells those who serve it; nothing when the head has moved on.
   */
  async restore(snapshot: MeshSnapshot): Promise<void> {
    const restore = async (): Promise<void> => {
      const before = this.#head;
      if (before === undefined || compareVersions(before.latest.version, snapshot.version) !== 0) return;
      const { head, object } = restored({ ...before, rev: before.rev + 1n }, snapshot);
      await this.#write(head, object);
    };
    const outcome = this.#last.then(restore, restore);
    this.#last = outcome;
    await outcome;
  }

  /** The object first, so that there is never a head without its object. */
  async #write(head: Head, object: EncodedSnapshot | undefined): Promise<void> {
    if (this.#head === undefined) await this.#makeFolders();
    if (object !== undefined) {
      await this.#writeFile(this.#objectPath(object.key), object.bytes);
      this.#keys.add(object.key);
    }
    await this.#writeFile(join(this.#path, HEAD_FILE), encodeHead(head));
    this.#head = head;
    this.#onHead(head);
    await this.#removeObjects(obsoleteKeys(this.#keys, head));
  }

  async #writeFile(path: string, bytes: Uint8Array): Promise<void> {
    try {
      await writeDurably(path, bytes);
    } catch (error) {
      if (!isSystemError(error, 'ENOENT')) throw error;
      await this.#makeFolders();
      await writeDurably(path, bytes);
    }
  }

  /** Up to the folder of all meshes, which somebody may have deleted: what is above is not ours to make. */
  async #makeFolders(): Promise<void> {
    await makeFolder(dirname(this.#path));
    await makeFolder(this.#path);
  }

  /** Whether the object is there with the bytes its key names. */
  async #holds(key: string): Promise<boolean> {
    try {
      return key.endsWith(`-${contentHash(await readFile(this.#objectPath(key)))}`);
    } catch (error) {
      if (isSystemError(error, 'ENOENT')) return false;
      throw error;
    }
  }

  async #removeObjects(keys: readonly string[]): Promise<void> {
    await this.#remove(keys.map((key) => `${key}${OBJECT}`));
    for (const key of keys) this.#keys.delete(key);
  }

  async #remove(names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => rm(join(this.#path, name), { force: true })));
  }

  #objectPath(key: string): string {
    return join(this.#path, `${key}${OBJECT}`);
  }
}
