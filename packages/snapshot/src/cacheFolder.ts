import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chainOf } from './file.ts';
import { folderName } from './folderName.ts';
import { contentHash } from './hash.ts';
import { decodeHead, encodeHead } from './headFile.ts';
import type { Head } from './store.ts';

const HEAD = '.head.json';
const OBJECT = '.snapshot';
const UNFINISHED = '.unfinished';
/** A key that is none could lead out of the folder. */
const KEY = /^[0-9.]{1,80}-[0-9a-f]{32}$/;

/** A head on disk, beside it its object and those that one builds on. */
export interface KeptHead {
  readonly head: Head;
  /** Key of each object → its bytes' number. */
  readonly sizes: ReadonlyMap<string, number>;
}

/** Bounds of a folder, and who is told of what is wrong in it. */
export interface CacheFolderOptions {
  /** Most bytes of all objects together. */
  readonly maxBytes: number;
  /** Told of a file that was dropped because it cannot be used, and of one that cannot be written. */
  onTrouble(path: string, cause: unknown): void;
}

/**
 * One head per mesh and the object it serves with what that builds on, as files. A file is written beside its place and renamed; nothing is synced, for
 * what a power cut tears is seen by its hash and read from the store again.
 */
export class CacheFolder {
  readonly #path: string;
  readonly #options: CacheFolderOptions;
  /** Written last stands last. */
  readonly #kept = new Map<string, KeptHead>();

  private constructor(path: string, options: CacheFolderOptions) {
    this.#path = path;
    this.#options = options;
  }

  /**
   * Opens a folder, made where there is none, and takes in what is whole in it; the rest is removed.
   * @throws the system's error when the folder cannot be made or read.
   */
  static async open(path: string, options: CacheFolderOptions): Promise<CacheFolder> {
    await mkdir(path, { recursive: true });
    const folder = new CacheFolder(path, options);
    const names = await readdir(path);
    for (const name of names.filter((file) => file.endsWith(HEAD))) await folder.#take(name);
    await folder.#removeStrays(names);
    await folder.#makeRoom();
    return folder;
  }

  get size(): number {
    return this.#kept.size;
  }

  get(mesh: string): KeptHead | undefined {
    return this.#kept.get(mesh);
  }

  /** Whether there is an object of a mesh, as far as is known. */
  has(mesh: string, key: string): boolean {
    return this.#kept.get(mesh)?.sizes.has(key) ?? false;
  }

  /** The bytes of a mesh's object; undefined where it is not kept, and when they are not those its key names, or gone: the mesh is dropped then. */
  async readObject(mesh: string, key: string): Promise<Uint8Array | undefined> {
    const { head, sizes } = this.#kept.get(mesh) ?? {};
    if (head === undefined || sizes?.has(key) !== true) return undefined;
    try {
      return await this.#readWhole(mesh, key);
    } catch (cause) {
      await this.drop(head, cause);
      return undefined;
    }
  }

  /** Removes what cannot be used, unless another has taken its place meanwhile. */
  async drop(head: Head, cause: unknown): Promise<void> {
    if (this.#kept.get(head.mesh)?.head !== head) return;
    this.#options.onTrouble(this.#objectPath(head.mesh, head.serving.key), cause);
    await this.#remove(head);
  }

  /**
   * Keeps a head, and its objects unless they are there; what the mesh had before and needs no more goes. A failure is told, and leaves
   * what was there.
   * @param objects by their keys.
   */
  async write(head: Head, objects: ReadonlyMap<string, Uint8Array>): Promise<void> {
    const { mesh, serving } = head;
    const before = this.#kept.get(mesh);
    const last = objects.get(serving.key);
    const keys =
      last === undefined ? [...(before?.head.serving.key === serving.key ? before.sizes.keys() : [])] : [...chainOf(last), serving.key];
    const sizes = new Map(keys.map((key) => [key, objects.get(key)?.length ?? before?.sizes.get(key)]));
    if (sizes.size === 0 || !isComplete(sizes)) return;
    try {
      // In this order: a head never stands without its objects.
      for (const key of keys) {
        const bytes = objects.get(key);
        if (bytes !== undefined) await this.#replace(this.#objectPath(mesh, key), bytes);
      }
      await this.#replace(this.#headPath(mesh), encodeHead(head));
      for (const key of before?.sizes.keys() ?? []) if (!sizes.has(key)) await rm(this.#objectPath(mesh, key), { force: true });
    } catch (cause) {
      this.#options.onTrouble(this.#headPath(mesh), cause);
      return;
    }
    this.#kept.delete(mesh);
    this.#kept.set(mesh, { head, sizes });
    await this.#makeRoom();
  }

  async #take(name: string): Promise<void> {
    const path = join(this.#path, name);
    try {
      const head = decodeHead(await readFile(path), path);
      const { mesh, serving } = head;
      if (name !== `${folderName(mesh)}${HEAD}`) throw new TypeError(`it is of mesh ${mesh}`);
      const last = await this.#readWhole(mesh, serving.key);
      const sizes = new Map([[serving.key, last.length]]);
      for (const key of chainOf(last)) sizes.set(key, (await this.#readWhole(mesh, key)).length);
      this.#kept.set(mesh, { head, sizes });
    } catch (cause) {
      this.#options.onTrouble(path, cause);
    }
  }

  /** @throws when it is not there, or other bytes are. */
  async #readWhole(mesh: string, key: string): Promise<Uint8Array> {
    if (!KEY.test(key)) throw new TypeError(`${key} is no key`);
    const bytes = await readFile(this.#objectPath(mesh, key));
    const hash = contentHash(bytes);
    if (!key.endsWith(`-${hash}`)) throw new TypeError(`the bytes of ${key} have the hash ${hash}`);
    return bytes;
  }

  /** What a crash has left, what cannot be used, and what lost its head; files of others stay. */
  async #removeStrays(names: readonly string[]): Promise<void> {
    const known = new Set([...this.#kept.values()].flatMap((kept) => this.#pathsOf(kept)));
    const strays = names.filter((name) => [HEAD, OBJECT, UNFINISHED].some((ending) => name.endsWith(ending)));
    for (const path of strays.map((name) => join(this.#path, name))) if (!known.has(path)) await rm(path, { force: true });
  }

  async #makeRoom(): Promise<void> {
    let total = 0;
    for (const kept of this.#kept.values()) total += bytesOf(kept);
    for (const kept of [...this.#kept.values()]) {
      if (total <= this.#options.maxBytes) return;
      await this.#remove(kept.head);
      total -= bytesOf(kept);
    }
  }

  async #remove({ mesh }: Head): Promise<void> {
    const kept = this.#kept.get(mesh);
    this.#kept.delete(mesh);
    for (const path of kept === undefined ? [] : this.#pathsOf(kept)) {
      await rm(path, { force: true }).catch((cause) => this.#options.onTrouble(path, cause));
    }
  }

  async #replace(path: string, bytes: Uint8Array): Promise<void> {
    await writeFile(`${path}${UNFINISHED}`, bytes);
    await rename(`${path}${UNFINISHED}`, path);
  }

  #headPath(mesh: string): string {
    return join(this.#path, `${folderName(mesh)}${HEAD}`);
  }

  #objectPath(mesh: string, key: string): string {
    return join(this.#path, `${folderName(mesh)}.${key}${OBJECT}`);
  }

  #pathsOf({ head, sizes }: KeptHead): readonly string[] {
    return [this.#headPath(head.mesh), ...Array.from(sizes.keys(), (key) => this.#objectPath(head.mesh, key))];
  }
}

function isComplete(sizes: ReadonlyMap<string, number | undefined>): sizes is ReadonlyMap<string, number> {
  return sizes.entries().every(([key, size]) => KEY.test(key) && size !== undefined);
}

function bytesOf({ sizes }: KeptHead): number {
  return sizes.values().reduce((total, size) => total + size, 0);
}
