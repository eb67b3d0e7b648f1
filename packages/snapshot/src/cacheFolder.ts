import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { folderName } from './folderName.ts';
import { contentHash } from './hash.ts';
import { decodeHead, encodeHead } from './headFile.ts';
import type { Head } from './store.ts';

const HEAD = '.head.json';
const OBJECT = '.snapshot';
const UNFINISHED = '.unfinished';
/** A key that is none could lead out of the folder. */
const KEY = /^[0-9.]{1,80}-[0-9a-f]{32}$/;

/** A head on disk, its object beside it. */
export interface KeptHead {
  readonly head: Head;
  readonly sizeBytes: number;
}

/** Bounds of a folder, and who is told of what is wrong in it. */
export interface CacheFolderOptions {
  /** Most bytes of all objects together. */
  readonly maxBytes: number;
  /** Told of a file that was dropped because it cannot be used, and of one that cannot be written. */
  onTrouble(path: string, cause: unknown): void;
}

/**
 * One head per mesh and the object it serves, as files. A file is written beside its place and renamed; nothing is synced, for
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

  /** The bytes of a mesh's object; undefined when they are not those its key names, or gone: the mesh is dropped then. */
  async readObject(mesh: string): Promise<Uint8Array | undefined> {
    const { head } = this.#kept.get(mesh) ?? {};
    if (head === undefined) return undefined;
    try {
      return await this.#readWhole(head);
    } catch (cause) {
      await this.drop(head, cause);
      return undefined;
    }
  }

  /** Removes what cannot be used, unless another has taken its place meanwhile. */
  async drop(head: Head, cause: unknown): Promise<void> {
    if (this.#kept.get(head.mesh)?.head !== head) return;
    this.#options.onTrouble(this.#objectPath(head), cause);
    await this.#remove(head);
  }

  /** Keeps a head, and its object unless that is there; what the mesh had before goes. A failure is told, and leaves what was there. */
  async write(head: Head, object?: Uint8Array): Promise<void> {
    const before = this.#kept.get(head.mesh);
    const hasObject = object !== undefined || before?.head.serving.key === head.serving.key;
    if (!hasObject || !KEY.test(head.serving.key)) return;
    const sizeBytes = object?.length ?? before?.sizeBytes ?? 0;
    try {
      // In this order: a head never stands without its object.
      if (object !== undefined) await this.#replace(this.#objectPath(head), object);
      await this.#replace(this.#headPath(head.mesh), encodeHead(head));
      if (before !== undefined && before.head.serving.key !== head.serving.key) await rm(this.#objectPath(before.head), { force: true });
    } catch (cause) {
      this.#options.onTrouble(this.#headPath(head.mesh), cause);
      return;
    }
    this.#kept.delete(head.mesh);
    this.#kept.set(head.mesh, { head, sizeBytes });
    await this.#makeRoom();
  }

  async #take(name: string): Promise<void> {
    const path = join(this.#path, name);
    try {
      const head = decodeHead(await readFile(path), path);
      if (name !== `${folderName(head.mesh)}${HEAD}`) throw new TypeError(`it is of mesh ${head.mesh}`);
      const { length: sizeBytes } = await this.#readWhole(head);
      this.#kept.set(head.mesh, { head, sizeBytes });
    } catch (cause) {
      this.#options.onTrouble(path, cause);
    }
  }

  /** @throws when it is not there, or other bytes are. */
  async #readWhole(head: Head): Promise<Uint8Array> {
    const { key } = head.serving;
    if (!KEY.test(key)) throw new TypeError(`${key} is no key`);
    const bytes = await readFile(this.#objectPath(head));
    const hash = contentHash(bytes);
    if (!key.endsWith(`-${hash}`)) throw new TypeError(`the bytes of ${key} have the hash ${hash}`);
    return bytes;
  }

  /** What a crash has left, what cannot be used, and what lost its head; files of others stay. */
  async #removeStrays(names: readonly string[]): Promise<void> {
    const heads = [...this.#kept.values()].map(({ head }) => head);
    const known = new Set(heads.flatMap((head) => [this.#headPath(head.mesh), this.#objectPath(head)]));
    const strays = names.filter((name) => [HEAD, OBJECT, UNFINISHED].some((ending) => name.endsWith(ending)));
    for (const path of strays.map((name) => join(this.#path, name))) if (!known.has(path)) await rm(path, { force: true });
  }

  async #makeRoom(): Promise<void> {
    let total = 0;
    for (const { sizeBytes } of this.#kept.values()) total += sizeBytes;
    for (const { head, sizeBytes } of [...this.#kept.values()]) {
      if (total <= this.#options.maxBytes) return;
      await this.#remove(head);
      total -= sizeBytes;
    }
  }

  async #remove(head: Head): Promise<void> {
    this.#kept.delete(head.mesh);
    for (const path of [this.#headPath(head.mesh), this.#objectPath(head)]) {
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

  #objectPath({ mesh, serving }: Head): string {
    return join(this.#path, `${folderName(mesh)}.${serving.key}${OBJECT}`);
  }
}
