import { type Diagnostic, type Ref, resourcePath } from '@meshwright/model';

/** What a mesh's mistakes are written to while it is compiled. */
export type Report = (diagnostic: Diagnostic) => void;

/** What may be said of a place in a resource, before the place is known. */
export type Finding = Omit<Diagnostic, 'ref' | 'pointer'>;

/** Collects diagnostics; each is kept once, however many proxies meet it. */
export function collectDiagnostics(): { readonly report: Report; sorted(): readonly Diagnostic[] } {
  const found = new Map<string, Diagnostic>();
  return {
    report: (diagnostic) => void found.set(sortKey(diagnostic), diagnostic),
    sorted: () => [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, diagnostic]) => diagnostic),
  };
}

/**
 * Does work that a fault of the compiler, or of what was stored, must not carry beyond one resource; undefined when it threw.
 * @param consequence what follows for the resource, as the diagnostic tells it.
 */
export function isolated<T>(ref: Ref, report: Report, consequence: string, work: () => T): T | undefined {
  try {
    return work();
  } catch (cause) {
    report({
      code: 'not-compiled',
      severity: 'error',
      ref,
      pointer: '',
      message: `The compiler failed (${String(cause)}): ${consequence}.`,
      fix: 'report this as a fault of Meshwright; a change of the resource may avoid it',
    });
    return undefined;
  }
}

/** JSON pointer (RFC 6901) of the member these steps lead to. */
export function pointer(...steps: readonly (string | number)[]): string {
  return steps.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function sortKey({ ref, pointer: place, code, message }: Diagnostic): string {
  return JSON.stringify([resourcePath(ref), place, code, message]);
}
