import * as node from 'node:fs/promises';
import { dirname } from 'node:path';
import type { FileSystem } from '../durableFile.ts';

/** Why a call fails that comes after the death of its process. */
class Died extends Error {
  override readonly name = 'Died';
}

/** A folder's entry that was changed and may be as before after a power cut. */
interface Unsynced {
  readonly folder: string;
  readonly undo: () => Promise<unknown>;
}

/**
 * A file system whose caller dies at its `step`-th call, from 0: that call and all after it fail. A power cut may follow: it takes
 * what was written and not synced, and what was made or renamed in a folder that was not synced since.
 */
export class DyingFileSystem {
  #left: number;
  readonly #written = new Set<string>();
  #entries: readonly Unsynced[] = [];

  constructor(step: number) {
    this.#left = step;
  }

  get hasDied(): boolean {
    return this.#left < 0;
  }

  /** Takes a failure that the death explains, and throws any other. */
  readonly expectDead = (error: unknown): void => {
    if (!this.hasDied) throw error;
  };

  readonly calls: FileSystem = {
    mkdir: this.#counted(async (path: string) => {
      await node.mkdir(path);
      this.#changed(path, () => node.rm(path, { recursive: true, force: true }));
    }) as FileSystem['mkdir'],
    open: async (path, ...args) => this.#dyingFile(String(path), await this.#counted(node.open)(path, ...args)),
    readFile: this.#counted(node.readFile) as FileSystem['readFile'],
    readdir: this.#counted(node.readdir) as FileSystem['readdir'],
    rename: this.#counted((from, to) => this.#rename(String(from), String(to))),
    rm: this.#counted(node.rm),
  };

  /** Everything the disk was not told to keep is gone. */
  async losePower(): Promise<void> {
    for (const path of this.#written) await node.truncate(path).catch(() => undefined);
    for (const { undo } of this.#entries.toReversed()) await undo();
    this.#written.clear();
    this.#entries = [];
  }

  async #rename(from: string, to: string): Promise<void> {
    const before = await node.readFile(to).catch(() => undefined);
    await node.rename(from, to);
    this.#changed(to, () => (before === undefined ? node.rm(to, { force: true }) : node.writeFile(to, before)));
    if (this.#written.delete(from)) this.#written.add(to);
    else this.#written.delete(to);
  }

  #changed(path: string, undo: () => Promise<unknown>): void {
    this.#entries = [...this.#entries, { folder: dirname(path), undo }];
  }

  #counted<Args extends readonly unknown[], Result>(call: (...args: Args) => Promise<Result>): (...args: Args) => Promise<Result> {
    return async (...args) => {
      this.#step();
      return await call(...args);
    };
  }

  #step(): void {
    if (this.#left >= 0) this.#left -= 1;
    if (this.hasDied) throw new Died('the process died here');
  }

  /** Of a write that it dies in, half gets through. Its files are closed all the same: the operating system does so. */
  #dyingFile(path: string, file: node.FileHandle): node.FileHandle {
    const writeFile = async (bytes: Uint8Array): Promise<void> => {
      this.#written.add(path);
      try {
        this.#step();
      } catch (death) {
        await file.writeFile(bytes.subarray(0, bytes.length >> 1));
        throw death;
      }
      await file.writeFile(bytes);
    };
    return Object.assign(Object.create(file), {
      writeFile,
      sync: this.#counted(async () => {
        await file.sync();
        this.#written.delete(path);
        this.#entries = this.#entries.filter(({ folder }) => folder !== path);
      }),
      [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
    });
  }
}
