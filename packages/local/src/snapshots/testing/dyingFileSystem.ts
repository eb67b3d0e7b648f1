import * as node from 'node:fs/promises';
import type { FileSystem } from '../durableFile.ts';

/** Why a call fails that comes after the death of its process. */
class Died extends Error {
  override readonly name = 'Died';
}

/** A file system whose caller dies at its `step`-th call, from 0: that call and all after it fail. */
export class DyingFileSystem {
  #left: number;

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
    mkdir: this.#counted(node.mkdir) as FileSystem['mkdir'],
    open: async (...args) => this.#dyingFile(await this.#counted(node.open)(...args)),
    readFile: this.#counted(node.readFile) as FileSystem['readFile'],
    readdir: this.#counted(node.readdir) as FileSystem['readdir'],
    rename: this.#counted(node.rename),
    rm: this.#counted(node.rm),
  };

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
  #dyingFile(file: node.FileHandle): node.FileHandle {
    const writeFile = async (bytes: Uint8Array): Promise<void> => {
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
      sync: this.#counted(() => file.sync()),
      [Symbol.asyncDispose]: () => file[Symbol.asyncDispose](),
    });
  }
}
