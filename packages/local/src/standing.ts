import { type Diagnostic, resourcePath } from '@meshwright/model';

/** What became of a mesh's mistakes since they were last looked at. */
export interface StandingChange {
  /** How many there are now, those that only proxies found among them. */
  readonly standing: number;
  /** Not there before; all of them at a mesh's first publication. */
  readonly added: readonly Diagnostic[];
  /** There before, and no more. */
  readonly resolved: readonly Diagnostic[];
  /** Nothing was known of this mesh before. */
  readonly isFirst: boolean;
}

type Known = ReadonlyMap<string, Diagnostic>;
const NONE: Known = new Map();

/** Remembers which mistakes stand in each mesh, so that each is told when it comes and when it goes, and not in between. */
export class StandingDiagnostics {
  readonly #compiled = new Map<string, Known>();
  /** What proxies refuse and what is held back for that: it comes and goes between publications. */
  readonly #refused = new Map<string, Known>();

  /** Whether a publication of this mesh was taken. */
  knows(mesh: string): boolean {
    return this.#compiled.has(mesh);
  }

  /** Takes what a publication of a mesh found, and answers what is different from the one before. */
  take(mesh: string, diagnostics: readonly Diagnostic[]): StandingChange {
    const before = this.#compiled.get(mesh);
    const now = new Map(diagnostics.map((diagnostic) => [diagnosticText(diagnostic), diagnostic]));
    this.#compiled.set(mesh, now);
    return this.#change(mesh, before, now);
  }

  /** Takes all that proxies refuse of a mesh now, and answers what is different from before. */
  takeRefused(mesh: string, diagnostics: readonly Diagnostic[]): StandingChange {
    const before = this.#refused.get(mesh) ?? NONE;
    const now = byPlace(diagnostics);
    this.#refused.set(mesh, now);
    return this.#change(mesh, before, now);
  }

  #change(mesh: string, before: Known | undefined, now: Known): StandingChange {
    return {
      standing: (this.#compiled.get(mesh)?.size ?? 0) + (this.#refused.get(mesh)?.size ?? 0),
      added: missingFrom(before, now),
      resolved: before === undefined ? [] : missingFrom(now, before),
      isFirst: before === undefined,
    };
  }
}

/** A mistake as people read it: how bad, what, where, and the way out. */
export function diagnosticText({ severity, code, ref, pointer, message, fix }: Diagnostic): string {
  const place = [resourcePath(ref) || 'mesh', ...(pointer === '' ? [] : [pointer])].join(' ');
  return `${severity} ${code} in ${place}: ${message} Fix: ${fix}`;
}

/** By what they are about: who refuses it, which the message tells, changes with every proxy that comes or goes. */
function byPlace(diagnostics: readonly Diagnostic[]): Known {
  const known = new Map<string, Diagnostic>();
  for (const diagnostic of diagnostics) {
    const place = `${diagnostic.code} ${resourcePath(diagnostic.ref)} ${diagnostic.pointer}`;
    // One place may be refused in two ways.
    let nth = 1;
    while (known.has(`${place} ${nth}`)) nth++;
    known.set(`${place} ${nth}`, diagnostic);
  }
  return known;
}

function missingFrom(one: Known | undefined, other: Known): readonly Diagnostic[] {
  return [...other].filter(([text]) => !one?.has(text)).map(([, diagnostic]) => diagnostic);
}
