import { type Diagnostic, resourcePath } from '@meshwright/model';

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

/** JSON pointer (RFC 6901) of the member these steps lead to. */
export function pointer(...steps: readonly (string | number)[]): string {
  return steps.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function sortKey({ ref, pointer: place, code, message }: Diagnostic): string {
  return JSON.stringify([resourcePath(ref), place, code, message]);
}
