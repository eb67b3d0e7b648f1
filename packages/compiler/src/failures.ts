import type { Diagnostic, MeshKey, Ref } from '@meshwright/model';
import type { CarriedOver, MeshSnapshot } from '@meshwright/snapshot';
import { failureDiagnostic, sortedDiagnostics } from './diagnostics.ts';
import { compareText } from './resolve/compare.ts';

interface Failure {
  readonly diagnostic: Diagnostic;
  /** What the proxy has instead; undefined when it had nothing before. */
  readonly carriedOver: CarriedOver | undefined;
}

/** The proxies of a mesh on which the compiler fails, and what they keep. */
export class Failures {
  readonly #mesh: MeshKey;
  readonly #failures = new Map<string, Failure>();

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

  delete(proxy: string): void {
    this.#failures.delete(proxy);
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
    return sortedDiagnostics([...diagnostics, ...this.#failures.values().map(({ diagnostic }) => diagnostic)]);
  }
}

function proxyRef({ mesh }: MeshKey, name: string): Ref {
  const [kind, ...rest] = name.split('/');
  return { kind: kind === 'virtualGateway' ? kind : 'virtualNode', mesh, name: rest.join('/') };
}
