import { type Diagnostic, type Ref, resourcePath } from '@meshwright/model';
import type { DiagnosticCode } from './diagnosticCodes.ts';
import { TooLarge } from './tooLarge.ts';

/** A diagnostic of the compiler's. */
type Told = Diagnostic & { readonly code: DiagnosticCode };

/** What a mesh's mistakes are written to while it is compiled. */
export type Report = (diagnostic: Told) => void;

/** What may be said of a place in a resource, before the place is known. */
export type Finding = Omit<Told, 'ref' | 'pointer'>;

/** Diagnostics that come and go; each is kept once, however many units of work report it. */
export class DiagnosticSet {
  readonly #found = new Map<string, { readonly diagnostic: Diagnostic; count: number }>();
  #sorted: readonly Diagnostic[] | undefined;

  /** Takes back what a unit reported the last time, for what it reports now. */
  replace(before: readonly Diagnostic[], after: readonly Diagnostic[]): void {
    for (const diagnostic of after) {
      const key = sortKey(diagnostic);
      const known = this.#found.get(key);
      if (known !== undefined) known.count += 1;
      else {
        this.#found.set(key, { diagnostic, count: 1 });
        this.#sorted = undefined;
      }
    }
    for (const diagnostic of before) {
      const key = sortKey(diagnostic);
      const known = this.#found.get(key);
      if (known === undefined) continue;
      known.count -= 1;
      if (known.count > 0) continue;
      this.#found.delete(key);
      this.#sorted = undefined;
    }
  }

  /** In the order of resources, places and codes; the same list until there is another to give. */
  sorted(): readonly Diagnostic[] {
    this.#sorted ??= sortedDiagnostics([...this.#found.values()].map(({ diagnostic }) => diagnostic));
    return this.#sorted;
  }
}

/** Diagnostics in the order of resources, places and codes. */
export function sortedDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics
    .map((diagnostic) => [sortKey(diagnostic), diagnostic] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, diagnostic]) => diagnostic);
}

/** Tells of a fault of the compiler, or of what was stored; of a mesh whose result is too large, without blame on either. */
export function failureDiagnostic(ref: Ref, cause: unknown, consequence: string): Told {
  const common = { code: 'not-compiled', severity: 'error', ref, pointer: '' } as const;
  if (cause instanceof TooLarge) return { ...common, message: `${cause.message}: ${consequence}.`, fix: cause.fix };
  return {
    ...common,
    message: `The compiler failed (${String(cause)}): ${consequence}.`,
    fix: 'report this as a fault of Meshwright; a change of the resource may avoid it',
  };
}

/** Most characters of a text that are shown: the API model sets no limit to some, and everyone who sends there is told of it. */
const MAX_SHOWN = 300;

/** A text from a resource in quotes, as JSON writes it; its beginning where it is long. */
export function quoted(text: string): string {
  return text.length > MAX_SHOWN ? `${JSON.stringify(text.slice(0, MAX_SHOWN))}…` : JSON.stringify(text);
}

/** JSON pointer (RFC 6901) of the member these steps lead to. */
export function pointer(...steps: readonly (string | number)[]): string {
  return steps.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function sortKey({ ref, pointer: place, code, message, severity, fix }: Diagnostic): string {
  return JSON.stringify([resourcePath(ref), place, code, message, severity, fix]);
}
