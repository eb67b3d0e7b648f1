import { type AppliedChanges, applyChanges } from './applyChanges.ts';
import type { WriteRequest, WriteResult } from './change.ts';
import { MeshError } from './errors.ts';
import type { Identity } from './identity.ts';
import { meshId } from './names.ts';
import { MeshReplica } from './replica.ts';
import type { MeshKey, Ref, Resource } from './resource.ts';
import type { LogRow, MeshStore, TokenClaim } from './store.ts';

/** How long a write waits for its turn and tries against faster ones, in milliseconds; with a budget instead of a count ten writers (Terraform's default) all get through. */
const BUDGET_MILLIS = 8000;

/** Bounds of the wait before another try, in milliseconds; the wait itself is random between 0 and the bound. */
const FIRST_WAIT_MILLIS = 8;
const LONGEST_WAIT_MILLIS = 250;

/** How long a `clientToken` is remembered, in milliseconds: 24 hours. */
const TOKEN_LIFETIME_MILLIS = 86_400_000;

/** Most meshes held in memory; the one longest unused makes room. */
const MAX_REPLICAS = 200;

/** What a `MeshWriter` works with. */
export interface MeshWriterParts {
  readonly store: MeshStore;
  readonly identity: Identity;
  /** Epoch milliseconds. */
  now(): number;
  /** Milliseconds from any start, never set back: what the time a write has is measured with. */
  monotonic(): number;
  /** A name no resource ever had, such as a UUID. */
  newUid(): string;
  /** From 0 up to but not including 1. */
  random(): number;
  sleep(millis: number): Promise<void>;
}

/** The one way a mesh is changed: judges requests on the mesh as it is, commits them, and tries again when others were faster. */
export class MeshWriter {
  readonly #parts: MeshWriterParts;
  readonly #meshes = new Map<string, MeshQueue>();

  constructor(parts: MeshWriterParts) {
    this.#parts = parts;
  }

  /**
   * Carries out one request; requests for the same mesh wait for each other. Waiting counts: who has waited for 8 s when its turn
   * comes is not tried any more.
   * @throws MeshError what `applyChanges` refuses; `Conflict` for a token used with another body; `TooManyRequests` when
   * others were faster or first for 8 s; `ServiceUnavailable` when the store cannot answer.
   */
  async write(request: WriteRequest): Promise<WriteResult> {
    const queue = this.#enter(request.mesh);
    const deadline = this.#parts.monotonic() + BUDGET_MILLIS;
    const turn = queue.last.then((outage) => {
      if (this.#parts.monotonic() >= deadline) throw outage ?? tooFast(request.mesh);
      return new Write(this.#parts, queue.replica, request, deadline).run();
    });
    // The next one waits for this one to end, not to succeed.
    queue.last = turn.then(() => undefined, outageOf);
    try {
      return await turn;
    } finally {
      this.#leave(queue);
    }
  }

  #enter(mesh: MeshKey): MeshQueue {
    const id = meshId(mesh);
    const queue = this.#meshes.get(id) ?? {
      id,
      length: 0,
      last: Promise.resolve(undefined),
      replica: new MeshReplica(this.#parts.store, mesh),
    };
    queue.length += 1;
    // Set anew, so that the map's order is that of the last use.
    this.#meshes.delete(id);
    this.#meshes.set(id, queue);
    return queue;
  }

  #leave(queue: MeshQueue): void {
    queue.length -= 1;
    // A mesh that never existed is not worth remembering: its name may be anything a caller thought of.
    if (queue.length === 0 && queue.replica.generation === 0n) this.#meshes.delete(queue.id);
    if (this.#meshes.size <= MAX_REPLICAS) return;
    for (const { id, length } of this.#meshes.values()) {
      if (length > 0) continue;
      this.#meshes.delete(id);
      return;
    }
  }
}

interface MeshQueue {
  readonly id: string;
  /** Requests that wait or are under way. */
  length: number;
  /** Ends with the last request; with why the store did not answer it, if so. */
  last: Promise<MeshError | undefined>;
  readonly replica: MeshReplica;
}

function outageOf(error: unknown): MeshError | undefined {
  return isUnavailable(error) ? error : undefined;
}

/** One request on its way into the mesh. */
class Write {
  readonly #parts: MeshWriterParts;
  readonly #replica: MeshReplica;
  readonly #request: WriteRequest;
  readonly #deadline: number;
  /** Why the store did not answer the last commit, which may have been carried out all the same. */
  #unclear: MeshError | undefined;

  constructor(parts: MeshWriterParts, replica: MeshReplica, request: WriteRequest, deadline: number) {
    this.#parts = parts;
    this.#replica = replica;
    this.#request = request;
    this.#deadline = deadline;
  }

  async run(): Promise<WriteResult> {
    const parts = this.#parts;
    for (let bound = FIRST_WAIT_MILLIS; ; bound = Math.min(2 * bound, LONGEST_WAIT_MILLIS)) {
      const result = await this.#try();
      if (result !== undefined) return result;
      if (parts.monotonic() >= this.#deadline) throw this.#unclear ?? tooFast(this.#request.mesh);
      await parts.sleep(parts.random() * bound);
    }
  }

  /** One try; undefined when another one may succeed. */
  async #try(): Promise<WriteResult | undefined> {
    try {
      const rows = await this.#replica.catchUp();
      // An answer that was lost: the commit is in the log under our own id.
      const own = rows.find(({ writeId }) => writeId === this.#request.writeId);
      if (own !== undefined) return resultOf(own);
      const token = await this.#token();
      if (token?.kind === 'replay') return token.result;
      return await this.#commit(token?.replaces);
    } catch (error) {
      // Only after a commit without an answer is there something to find out; anything else the caller may try again.
      if (this.#unclear === undefined || !isUnavailable(error)) throw error;
      return undefined;
    }
  }

  async #commit(replaces: string | undefined): Promise<WriteResult | undefined> {
    const { mesh, changes, writeId, author, source } = this.#request;
    const parts = this.#parts;
    const at = parts.now();
    const context = { mesh, identity: parts.identity, now: at, newUid: () => parts.newUid() };
    const applied = applyChanges(this.#replica.view, changes, context);
    const token = this.#claim(applied, at, replaces);
    const info = { writeId, at, author, source, ...(token && { token }) };
    try {
      const outcome = await parts.store.commit(mesh, this.#replica.generation, applied.changes, info);
      if (outcome.kind !== 'committed') return undefined;
      return { generation: outcome.generation, answers: applied.answers, replayed: false };
    } catch (error) {
      // What certainly did not happen leaves nothing to find out, and a store that cannot write is not asked for 8 s.
      if (!isUnavailable(error) || error.isUndone) throw error;
      this.#unclear = error;
      return undefined;
    }
  }

  #claim({ answers: [answer] }: AppliedChanges, at: number, replaces: string | undefined): TokenClaim | undefined {
    const { token } = this.#request;
    if (token === undefined || answer === undefined) return undefined;
    return { ...token, answer, expiresAt: at + TOKEN_LIFETIME_MILLIS, ...(replaces !== undefined && { replaces }) };
  }

  /** What the request's token says: the answer it was given before, or that what it made is gone and the token free again. */
  async #token(): Promise<{ kind: 'replay'; result: WriteResult } | { kind: 'free'; replaces: string } | undefined> {
    const { token } = this.#request;
    if (token === undefined) return undefined;
    const record = await this.#parts.store.token(token.key, this.#parts.now());
    if (record === undefined) return undefined;
    const { answer } = record;
    if ((await this.#present(answer.ref))?.metadata.uid !== answer.metadata.uid) return { kind: 'free', replaces: answer.metadata.uid };
    if (record.bodyHash !== token.bodyHash) {
      const message = 'clientToken was used before with another request body: send a new token with each new request.';
      throw new MeshError('Conflict', message, { ref: answer.ref });
    }
    return { kind: 'replay', result: { generation: this.#replica.generation, answers: [answer], replayed: true } };
  }

  /** A resource as it is now; CreateMesh may repeat a token that made another mesh, which this replica does not hold. */
  async #present(ref: Ref): Promise<Resource | undefined> {
    const { mesh } = this.#request;
    return ref.mesh === mesh.mesh ? this.#replica.view.get(ref) : this.#parts.store.get({ owner: mesh.owner, mesh: ref.mesh }, ref);
  }
}

function tooFast({ mesh }: MeshKey): MeshError {
  const message = `Mesh ${mesh} changed faster than this request could be judged for ${BUDGET_MILLIS / 1000} s: send it again.`;
  return new MeshError('TooManyRequests', message);
}

function resultOf({ generation, changes }: LogRow): WriteResult {
  const answers = changes.flatMap(({ before, after }) => after ?? before ?? []);
  return { generation, answers, replayed: false };
}

function isUnavailable(error: unknown): error is MeshError {
  return error instanceof MeshError && error.code === 'ServiceUnavailable';
}
