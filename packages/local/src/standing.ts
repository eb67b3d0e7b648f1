import { type Diagnostic, resourcePath } from '@meshwright/model';

/** What became of a mesh's mistakes from one publication to the next. */
export interface StandingChange {
  /** How many there are now. */
  readonly standing: number;
  /** Not there at the publication before; all of them at a mesh's first. */
  readonly added: readonly Diagnostic[];
  /** There at the publication before, and no more. */
  readonly resolved: readonly Diagnostic[];
  /** Nothing was known of this mesh before. */
  readonly isFirst: boolean;
}

/** Remembers which mistakes stand in each mesh, so that each is told when it comes and when it goes, and not in between. */
export class StandingDiagnostics {
  readonly #meshes = new Map<string, ReadonlyMap<string, Diagnostic>>();

  /** Whether something was taken of this mesh. */
  knows(mesh: string): boolean {
    return this.#meshes.has(mesh);
  }

  /** Takes what a publication of a mesh found, and answers what is different from the one before. */
  take(mesh: string, diagnostics: readonly Diagnostic[]): StandingChange {
    const before = this.#meshes.get(mesh);
    const now = new Map(diagnostics.map((diagnostic) => [diagnosticText(diagnostic), diagnostic]));
    this.#meshes.set(mesh, now);
    return {
      standing: now.size,
      added: missingFrom(before, now),
      resolved: before === undefined ? [] : missingFrom(now, before),
      isFirst: before === undefined,
    };
  }
}

/** A mistake as people read it: how bad, what, where, and the way out. */
export function diagnosticText({ severity, code, ref, pointer, message, fix }: Diagnostic): string {
  return `${severity} ${code} in ${resourcePath(ref) || 'mesh'}${pointer}: ${message} ${fix}`;
}

function missingFrom(one: ReadonlyMap<string, Diagnostic> | undefined, other: ReadonlyMap<string, Diagnostic>): readonly Diagnostic[] {
  return [...other].filter(([text]) => !one?.has(text)).map(([, diagnostic]) => diagnostic);
}
