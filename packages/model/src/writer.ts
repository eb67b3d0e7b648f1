import { type AppliedChanges, applyChanges } from './applyChanges.ts';
import type { WriteRequest, WriteResult } from './change.ts';
import { Deadline, type DeadlineClock } from './deadline.ts';
import { MeshError } from './errors.ts';
import type { Identity } from './identity.ts';
import { meshId } from './names.ts';
import { checkMeshQuota, type Quotas, quotaProfiles } from './quotas.ts';
import { isA } from './references.ts';
import type { MeshReplica } from './replica.ts';
import { MeshReplicas } from './replicas.ts';
import type { MeshKey, Ref, Resource } from './resource.ts';
import type { LogRow, MeshStore, TokenClaim } from './store.ts';

/** How long a write waits for its turn, the store and faster ones, in milliseconds; with a budget instead of a count ten writers (Terraform's default) all get through. */
const BUDGET_MILLIS = 8000;

/** Least bound of a wait before another try, in milliseconds; the wait itself is random between 0 and the bound. */
const LEAST_WAIT_MILLIS = 8;

/** Bound of the first wait, in times of the try before it: a slow store, or one that many wait for, is asked less often from the start. */
const FIRST_WAIT_TRIES = 4;

/** How long a `clientToken` is remembered, in milliseconds: 24 hours. */
const TOKEN_LIFETIME_MILLIS = 86_400_000;

/** What a `MeshWriter` works with. */
export interface MeshWriterParts extends DeadlineClock {
  readonly store: MeshStore;
  /** Meshes of that store in memory, to share with who else reads them; the writer's own unless given. */
  readonly replicas?: MeshReplicas;
  readonly identity: Identity;
  /** How much there may be of each thing; the generous profile unless given. */
  readonly quotas?: Quotas;
  /** Epoch milliseconds. */
  now(): number;
  /** A name no resource ever had, such as a UUID. */
  newUid(): string;
  /** From 0 up to but not including 1. */
  random(): number;
}

/** The one way a mesh is changed: judges requests on the mesh as it is, commits them, and tries again when others were faster. */
export class MeshWriter {
  readonly #parts: MeshWriterParts;
  readonly #replicas: MeshReplicas;
  /** Of meshes with requests. */
  readonly #queues = new Map<string, MeshQueue>();

  constructor(parts: MeshWriterParts) {
    this.#parts = parts;
    this.#replicas = parts.replicas ?? new MeshReplicas(parts.store);
  }

  /**
   * Carries out one request; requests for the same mesh wait for each other. It ends within 8 s, waiting included, even when the
   * store never answers: a commit that was sent by then may be carried out all the same, which the request's token finds out.
   * @throws MeshError what `applyChanges` refuses; `Conflict` for a token used with another body; `TooManyRequests` when
   * others were faster or first for 8 s; `ServiceUnavailable` when the store cannot answer, or does not.
   */
  async write(request: WriteRequest): Promise<WriteResult> {
    const id = meshId(request.mesh);
    const queue = this.#queues.get(id) ?? { length: 0, last: Promise.resolve(undefined) };
    this.#queues.set(id, queue);
    queue.length += 1;
    const endsAt = this.#parts.monotonic() + BUDGET_MILLIS;
    const turn = queue.last.then((outage) => {
      if (this.#parts.monotonic() >= endsAt) throw outage ?? tooFast(request.mesh);
      return this.#replicas.use(request.mesh, (replica) => this.#run(replica, request, endsAt));
    });
    // The next one waits for this one to end, not to succeed; whoever came first ends first, so no one's time passes unnoticed here.
    queue.last = turn.then(() => undefined, outageOf);
    try {
      return await turn;
    } finally {
      queue.length -= 1;
      if (queue.length === 0) this.#queues.delete(id);
    }
  }

  async #run(replica: MeshReplica, request: WriteRequest, endsAt: number): Promise<WriteResult> {
    const deadline = new Deadline(this.#parts, endsAt);
    try {
      return await new Write(this.#parts, replica, request, deadline).run();
    } finally {
      deadline.end();
    }
  }
}

interface MeshQueue {
  /** Requests that wait or are under way. */
  length: number;
  /** Ends with the last request; with why the store did not answer it, if so. */
  last: Promise<MeshError | undefined>;
}

function outageOf(error: unknown): MeshError | undefined {
  return isUnavailable(error) ? error : undefined;
}

/** One request on its way into the mesh. */
class Write {
  readonly #parts: MeshWriterParts;
  readonly #replica: MeshReplica;
  readonly #request: WriteRequest;
  readonly #deadline: Deadline;
  /** Generation that the first commit was tried on: all of them, if one was carried out, come after it. */
  #triedOn: bigint | undefined;
  /** Why the store did not answer the last commit, which may have been carried out all the same. */
  #unclear: MeshError | undefined;

  constructor(parts: MeshWriterParts, replica: MeshReplica, request: WriteRequest, deadline: Deadline) {
    this.#parts = parts;
    this.#replica = replica;
    this.#request = request;
    this.#deadline = deadline;
  }

  async run(): Promise<WriteResult> {
    const { monotonic, random, sleep } = this.#parts;
    for (let losses = 0; ; losses++) {
      const start = monotonic();
      const result = await this.#try();
      if (result !== undefined) return result;
      await sleep(random() * longestWait(monotonic() - start, losses, this.#deadline.remaining));
      if (this.#deadline.isPassed) throw this.#unclear ?? tooFast(this.#request.mesh);
    }
  }

  /** One try; undefined when another one may succeed. */
  async #try(): Promise<WriteResult | undefined> {
    try {
      // Whoever writes next does not wait for a read that this one waited for in vain.
      await this.#deadline.race(
        () => this.#replica.catchUp(),
        () => this.#replica.giveUpReading(),
      );
      const own = await this.#ownCommit();
      if (own !== undefined) return own;
      const token = await this.#token();
      if (token?.kind === 'replay') return token.result;
      return await this.#commit(token?.replaces);
    } catch (error) {
      // Only after a commit without an answer is there something to find out; anything else the caller may try again.
      if (this.#unclear === undefined || !isOfStore(error)) throw error;
      return undefined;
    }
  }

  /**
   * What a commit came to whose answer was lost, or was answered as if others were first: it is in the log under our own id.
   * The replica may have been brought past it by another of its users; what it remembers of each commit spares the read.
   */
  async #ownCommit(): Promise<WriteResult | undefined> {
    const triedOn = this.#triedOn;
    if (triedOn === undefined) return undefined;
    const { mesh, writeId } = this.#request;
    const since = this.#replica.since(triedOn);
    if (since?.every((commit) => commit.writeId !== writeId)) return undefined;
    const rows = await this.#deadline.race(() => this.#parts.store.changesSince(mesh, triedOn));
    const own = rows?.find((row) => row.writeId === writeId);
    return own && resultOf(own);
  }

  async #commit(replaces: string | undefined): Promise<WriteResult | undefined> {
    const { mesh, changes, writeId, author, source } = this.#request;
    const parts = this.#parts;
    const at = parts.now();
    const { identity, quotas = quotaProfiles.generous } = parts;
    const context = { mesh, identity, quotas, now: at, newUid: () => parts.newUid() };
    // One turn: the replica is shared, and the commit holds only on what was judged.
    const { view, generation } = this.#replica;
    const applied = applyChanges(view, changes, context);
    await this.#checkMeshes(applied, quotas);
    this.#triedOn ??= generation;
    const token = this.#claim(applied, at, replaces);
    const info = { writeId, at, author, source, ...(token && { token }) };
    try {
      const outcome = await this.#deadline.race(() => parts.store.commit(mesh, generation, applied.changes, info));
      if (outcome.kind !== 'committed') return undefined;
      return { generation: outcome.generation, answers: applied.answers, replayed: false };
    } catch (error) {
      // That this try certainly did nothing says nothing of an earlier one, which may still be carried out: `#try` goes on finding out.
      if (this.#unclear !== undefined) throw error;
      // What certainly did not happen leaves nothing to find out, and a store that cannot write is not asked for 8 s.
      if (!isUnavailable(error) || error.isUndone) throw error;
      this.#unclear = error;
      return undefined;
    }
  }

  /** Holds a new mesh to the quota of its account, which no mesh can count by itself: two made at once may both be let in. */
  async #checkMeshes({ changes }: AppliedChanges, quotas: Quotas): Promise<void> {
    for (const { before, after } of changes) {
      if (before !== undefined || after === undefined || !isA(after, 'mesh')) continue;
      const count = await this.#deadline.race(() => this.#parts.store.meshCount(this.#request.mesh.owner));
      checkMeshQuota(quotas, count, after.ref);
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
    const record = await this.#deadline.race(() => this.#parts.store.token(token.key, this.#parts.now()));
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
    if (ref.mesh === mesh.mesh) return this.#replica.view.get(ref);
    return this.#deadline.race(() => this.#parts.store.get({ owner: mesh.owner, mesh: ref.mesh }, ref));
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

/** Whether the store could not do what it was asked, whatever that was. */
function isOfStore(error: unknown): boolean {
  return error instanceof MeshError && (error.code === 'ServiceUnavailable' || error.code === 'TooManyRequests');
}

/**
 * Grows with each loss, for then many want the same, and from what a try takes, for then the store is what they wait for; shrinks
 * with the time that is left, so that who has waited longest is most eager. Simulated with 32 writers at once on a store that serves
 * one after the other, 40 ms a commit and 20 ms a lost one: a bound of 250 ms whatever a try takes gives up a third of them, this none.
 */
function longestWait(tryMillis: number, losses: number, remaining: number): number {
  const growing = Math.max(LEAST_WAIT_MILLIS, FIRST_WAIT_TRIES * tryMillis) * 2 ** losses;
  return Math.min(growing, Math.max(LEAST_WAIT_MILLIS, 0.8 * remaining));
}
