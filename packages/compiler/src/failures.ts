import type { Diagnostic, MeshKey, Ref } from '@meshwright/model';
import type { CarriedOver, MeshSnapshot } from '@meshwright/snapshot';
import { failureDiagnostic, sortedDiagnostics } from './diagnostics.ts';
import { inMib } from './meshRoom.ts';
import { compareText } from './resolve/compare.ts';

interface Failure {
  readonly diagnostic: Diagnostic;
  /** What the proxy has instead; undefined when it had nothing before. */
  readonly carriedOver: CarriedOver | undefined;
}

/** How large a mesh would be, and may be, in bytes. */
export interface MeshSize {
  readonly sizeBytes: number;
  readonly maxBytes: number;
}

/** The proxies of a mesh on which the compiler fails, and what they keep. */
export class Failures {
  readonly #mesh: MeshKey;
  readonly #failures = new Map<string, Failure>();
  #meshTooLarge: Diagnostic | undefined;

  constructor(mesh: MeshKey) {
    this.#mesh = mesh;
  }

  /** @param kept the snapshot whose part the proxy keeps; undefined when it has none. */
  add(proxy: string, cause: unknown, kept: MeshSnapshot | undefined): void {
    const consequence = kept === undefined ? 'its proxy is not served' : 'its proxy keeps what it had';
    const diagnostic = failureDiagnostic(proxyRef(this.#mesh, proxy), cause, consequence);
    // What was kept then already is from further back.
    const version = kept?.carriedOver?.get(proxy)?.version ?? kept?.version;
    this.#failures.set(proxy, { diagnostic, carriedOver: version && { version, reason: diagnostic.message } });
  }

  has(proxy: string): boolean {
    return this.#failures.has(proxy);
  }

  delete(proxy: string): void {
    this.#failures.delete(proxy);
  }

  /** Tells of the whole mesh that it is too large, and whom that hits. */
  setMeshTooLarge(proxies: readonly string[], size: MeshSize): void {
    this.#meshTooLarge = proxies.length === 0 ? undefined : meshDiagnostic(this.#mesh, proxies, size);
  }

  /** In order. */
  names(): readonly string[] {
    return [...this.#failures.keys()].sort(compareText);
  }

  /** The part of a snapshot that says which proxies keep what they had; nothing when none does. */
  carriedOver(): Pick<MeshSnapshot, 'carriedOver'> {
    const kept = this.#failures
      .entries()
      .flatMap(([proxy, { carriedOver }]) => (carriedOver === undefined ? [] : [[proxy, carriedOver] as const]));
    const carriedOver = new Map(kept);
    return carriedOver.size === 0 ? {} : { carriedOver };
  }

  /** These diagnostics, with those of the failures among them; sorted as they were. */
  among(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
    if (this.#failures.size === 0) return diagnostics;
    const ofMesh = this.#meshTooLarge === undefined ? [] : [this.#meshTooLarge];
    return sortedDiagnostics([...diagnostics, ...ofMesh, ...this.#failures.values().map(({ diagnostic }) => diagnostic)]);
  }
}

function proxyRef({ mesh }: MeshKey, name: string): Ref {
  const [kind, ...rest] = name.split('/');
  return { kind: kind === 'virtualGateway' ? kind : 'virtualNode', mesh, name: rest.join('/') };
}

/** Most proxies that are named: the first ones, which are the largest, are those to begin with. */
const MOST_NAMED = 5;

function meshDiagnostic({ mesh }: MeshKey, proxies: readonly string[], { sizeBytes, maxBytes }: MeshSize): Diagnostic {
  const named = proxies.slice(0, MOST_NAMED).join(', ');
  const more = proxies.length > MOST_NAMED ? ` and ${proxies.length - MOST_NAMED} more` : '';
  return {
    code: 'not-compiled',
    severity: 'error',
    ref: { kind: 'mesh', mesh, name: mesh },
    pointer: '',
    message: `The proxies of this mesh would get ${inMib(sizeBytes)} together, and no mesh may get more than ${inMib(maxBytes)}: of those that changed, the largest keep what they had, or are not served if they had nothing (${named}${more}).`,
    fix: 'give these proxies fewer backends or gateway routes, or fewer and smaller routes behind them; or split the mesh',
  };
}
