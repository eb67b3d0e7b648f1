import type { WriteRequest, WriteResult } from './change.ts';
import type { Identity } from './identity.ts';
import type { MeshStore } from './store.ts';

/** What a `MeshWriter` works with. */
export interface MeshWriterParts {
  readonly store: MeshStore;
  readonly identity: Identity;
  /** Epoch milliseconds. */
  now(): number;
  newUid(): string;
  /** From 0 up to but not including 1. */
  random(): number;
  sleep(millis: number): Promise<void>;
}

/** The one way a mesh is changed: judges requests on the mesh as it is, commits them, and tries again when others were faster. */
export class MeshWriter {
  readonly #parts: MeshWriterParts;

  constructor(parts: MeshWriterParts) {
    this.#parts = parts;
  }

  /**
   * Carries out one request; requests for the same mesh wait for each other.
   * @throws MeshError what `applyChanges` refuses; `TooManyRequests` when others were faster for 8 s; `ServiceUnavailable`.
   */
  async write(request: WriteRequest): Promise<WriteResult> {
    throw new Error(`not yet: ${request.writeId} ${this.#parts.identity.account}`);
  }
}
