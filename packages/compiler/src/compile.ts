import { type Diagnostic, type MeshKey, type MeshState, meshId, type Ref } from '@meshwright/model';
import type { MeshSnapshot } from '@meshwright/snapshot';
import { Assembly } from './assembly.ts';
import { COMPILER_BUILD } from './build.ts';
import { Failures } from './failures.ts';
import { Memo } from './incremental/memo.ts';
import type { MeshContents } from './incremental/unit.ts';
import { type MeshAt, meshAt } from './meshAt.ts';
import { inMib, MAX_MESH_BYTES, makeRoom } from './meshRoom.ts';
import { type CompiledProxy, proxy } from './proxyUnit.ts';
import { compareText } from './resolve/compare.ts';
import { rootRefs, rootsOf } from './roots.ts';
import { finished, type Steps } from './steps.ts';
import { TooLarge } from './tooLarge.ts';

/** What a mesh compiles to. */
export interface Compiled {
  readonly snapshot: MeshSnapshot;
  readonly diagnostics: readonly Diagnostic[];
  /** What was done to come to it. */
  readonly work: Work;
  /** What the next compile of the mesh goes on from. */
  readonly memory: CompilerMemory;
}

/** What one compile did. */
export interface Work {
  /** Keys of the proxies that are another than before, new and gone ones too, in order; all of them when nothing was gone on from. */
  readonly changedProxies: readonly string[];
  /** Keys of the proxies on which the compiler failed, in order. */
  readonly failedProxies: readonly string[];
  /** How often each part of compiling was done, by its name: `proxy`, `router`, `encoding`, … */
  readonly counts: ReadonlyMap<string, number>;
}

/** An earlier result for the same mesh, and what changed since. */
export interface Since {
  readonly compiled: Compiled;
  /** Everything that may have changed since; undefined = anything may, so all is compiled anew. */
  readonly changed: readonly Ref[] | undefined;
}

/**
 * Compiles a mesh: one proxy per virtual node and virtual gateway, none when the mesh was deleted. Pure: equal meshes give equal
 * bytes and diagnostics, whatever the order of their resources and whatever was compiled before. A mistake in a resource becomes
 * a diagnostic there, the rest is compiled.
 *
 * Only a proxy on which the compiler fails depends on what was before: it keeps what it had, and the snapshot lists it.
 * @param epoch raised by a restore; 1 unless told.
 * @param since saves all work but that for what changed.
 * @param earlier where failing proxies have what they keep from; the result in `since` unless told.
 */
export function compile(mesh: MeshState | MeshAt, epoch = 1, since?: Since, earlier = since?.compiled.snapshot): Compiled {
  return finished(compileInSteps(mesh, epoch, since, earlier));
}

/**
 * The same piece by piece; the mesh must not change until the last one.
 * @param maxBytes most that all proxies together may get, 224 MiB unless told; only for a result that is not gone on from another.
 */
export function compileInSteps(
  mesh: MeshState | MeshAt,
  epoch = 1,
  since?: Since,
  earlier = since?.compiled.snapshot,
  maxBytes = MAX_MESH_BYTES,
): Steps<Compiled> {
  const at = 'contents' in mesh ? mesh : meshAt(mesh);
  const memory = since?.compiled.memory;
  if (memory !== undefined && since?.changed !== undefined && memory.isOf(since.compiled, at.mesh) && isAlive(at.mesh, at.contents)) {
    return memory.steps(at, epoch, since.changed, earlier);
  }
  return new CompilerMemory(at.mesh, maxBytes).steps(at, epoch, rootRefs(at.contents, at.mesh), earlier);
}

/**
 * Results of one mesh's compiles, handed on from one to the next: an earlier result that was already gone on from is compiled
 * from scratch when it is used again, to the same result.
 */
export class CompilerMemory {
  readonly #mesh: MeshKey;
  readonly #memo: Memo;
  readonly #assembly = new Assembly();
  readonly #failures: Failures;
  readonly #maxBytes: number;
  #isNew = true;
  /** Proxies that keep what they had because the mesh was too large with what they would get; tried again each time. */
  #heldBack: readonly string[] = [];
  /** The result that this memory is of; undefined while it is under way, and for a deleted mesh. */
  #of: Compiled | undefined;

  constructor(mesh: MeshKey, maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#mesh = mesh;
    this.#memo = new Memo(mesh);
    this.#failures = new Failures(mesh);
  }

  /** How many results of parts are kept: as many as if all had been compiled at once. */
  get size(): number {
    return this.#memo.size;
  }

  /** Whether this memory is of that result, and of this mesh. */
  isOf(compiled: Compiled, mesh: MeshKey): boolean {
    return this.#of === compiled && meshId(this.#mesh) === meshId(mesh);
  }

  /** @param changed what changed since the last compile; on the first, everything there is. */
  *steps({ generation, contents }: MeshAt, epoch: number, changed: readonly Ref[], earlier: MeshSnapshot | undefined): Steps<Compiled> {
    const isGoneOn = earlier === this.#of?.snapshot;
    this.#of = undefined;
    const add = changed.filter((ref) => contents.get(ref) !== undefined).flatMap(rootsOf);
    const remove = changed.filter((ref) => contents.get(ref) === undefined).flatMap(rootsOf);
    const updated = yield* this.#memo.steps(contents, changed, { add, remove });
    const compiled = updated.changed.values().filter(isProxy).map(proxyNamed);
    const changedProxies = [...new Set([...(this.#isNew ? (earlier?.proxies.keys() ?? []) : []), ...compiled])].sort(compareText);
    this.#isNew = false;
    // What failing proxies keep is another's: all of them have it from there, not those alone that fail anew.
    const again = isGoneOn ? this.#heldBack : this.#failures.names();
    const others = this.#placeAll(changedProxies, again, earlier);
    const result: Compiled = {
      snapshot: {
        mesh: meshId(this.#mesh),
        version: { epoch, n: generation, build: COMPILER_BUILD },
        ...this.#assembly.contents(),
        ...this.#failures.carriedOver(),
      },
      diagnostics: this.#failures.among(this.#memo.diagnostics()),
      work: {
        changedProxies: others.length === 0 ? changedProxies : [...changedProxies, ...others].sort(compareText),
        failedProxies: this.#failures.names(),
        counts: updated.work,
      },
      memory: this,
    };
    if (isAlive(this.#mesh, contents)) this.#of = result;
    return result;
  }

  /**
   * Takes over what proxies came to, as far as the mesh has room.
   * @param kept proxies that kept what they had so far, those that were held back among them
   * @returns those of `kept` that are another than before
   */
  #placeAll(names: readonly string[], kept: readonly string[], earlier: MeshSnapshot | undefined): readonly string[] {
    const again = kept.filter((name) => !names.includes(name));
    const before = new Map(again.map((name) => [name, this.#assembly.get(name)]));
    for (const name of [...names, ...again]) this.#place(name, earlier);
    const { sizeBytes } = this.#assembly;
    const compiled = [...names, ...again].filter((name) => !this.#failures.has(name));
    this.#heldBack = makeRoom(this.#assembly, compiled, earlier, this.#maxBytes);
    const size = { sizeBytes, maxBytes: this.#maxBytes };
    for (const name of this.#heldBack) {
      const kept = earlier?.proxies.has(name) === true ? earlier : undefined;
      this.#failures.add(
        name,
        new TooLarge(
          `The proxies of its mesh would get ${inMib(sizeBytes)} together, ${inMib(this.#maxBytes)} at most, and its own is among the largest that changed`,
        ),
        kept,
      );
    }
    this.#failures.setMeshTooLarge(this.#heldBack, size);
    return again.filter((name) => this.#assembly.get(name) !== before.get(name));
  }

  /** Takes over what a proxy came to; one on which the compiler failed keeps what it had. */
  #place(name: string, earlier: MeshSnapshot | undefined): void {
    const outcome = this.#memo.outcome(`${PROXY}${name}`) ?? { value: undefined };
    if ('cause' in outcome) {
      const last = earlier?.proxies.get(name);
      if (last === undefined || earlier === undefined) this.#assembly.delete(name);
      else this.#assembly.set(name, { content: last, bytes: earlier.resources });
      this.#failures.add(name, outcome.cause, last && earlier);
      return;
    }
    this.#failures.delete(name);
    const compiled = outcome.value as CompiledProxy | undefined;
    if (compiled === undefined) this.#assembly.delete(name);
    else this.#assembly.set(name, compiled);
  }
}

const PROXY = `${proxy.name} `;

function isProxy(root: string): boolean {
  return root.startsWith(PROXY);
}

function proxyNamed(root: string): string {
  return root.slice(PROXY.length);
}

function isAlive({ mesh }: MeshKey, contents: MeshContents): boolean {
  return contents.get({ kind: 'mesh', mesh, name: mesh }) !== undefined;
}
