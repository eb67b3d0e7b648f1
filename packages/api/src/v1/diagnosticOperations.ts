import { type Diagnostic, notPresent, type Page, type PageRequest, resourcePath } from '@meshwright/model';
import type { Call, Operation, OperationParts } from '../operation.ts';
import { pageQuery } from '../paging.ts';
import { diagnosticFilter } from './diagnosticFilter.ts';
import type { DiagnosticAnswer, DiagnosticsView } from './diagnostics.ts';
import { MAX_PAGE_ITEMS, meshInPath, nextPage } from './listing.ts';

/** What is told of the mistakes in a mesh, below `/v1`. */
export function diagnosticOperations(view: DiagnosticsView): readonly Operation[] {
  const run: Operation['run'] = (parts, call) => listDiagnostics(view, parts, call);
  const query = ['severity', 'resource', 'limit', 'nextToken', 'meshOwner'];
  return [{ name: 'ListDiagnostics', method: 'GET', path: '/meshes/:meshName/diagnostics', query, run }];
}

async function listDiagnostics(view: DiagnosticsView, parts: OperationParts, call: Call): Promise<object> {
  const wanted = pageQuery(call.query, call.path, MAX_PAGE_ITEMS);
  const mesh = meshInPath(parts, call);
  const isWanted = await diagnosticFilter(parts, mesh, call.query);
  const found = await view.diagnostics(mesh);
  if (found === undefined) throw notPresent(mesh, { kind: 'mesh', mesh: mesh.mesh, name: mesh.mesh });
  const page = pageOf(found.diagnostics, wanted, isWanted);
  return { revision: Number(found.revision), diagnostics: page.items, ...nextPage(page, call) };
}

function diagnosticAnswer({ code, severity, ref, pointer, message, fix }: Diagnostic): DiagnosticAnswer {
  const below = resourcePath(ref);
  return { code, severity, resource: `mesh/${ref.mesh}${below === '' ? '' : `/${below}`}`, pointer, message, fix };
}

/**
 * In the order of resources, places and codes. A page goes on after what the last one ended with and not after so many, so that
 * what comes and goes between two pages costs no other row and doubles none.
 */
function pageOf(
  found: readonly Diagnostic[],
  { limit, after }: PageRequest,
  isWanted: (diagnostic: Diagnostic) => boolean,
): Page<DiagnosticAnswer> {
  const keyed = keysOf(found).filter(({ key, diagnostic }) => (after === undefined || key > after) && isWanted(diagnostic));
  const page = keyed.slice(0, limit);
  const last = page.at(-1);
  return { items: page.map(({ row }) => row), ...(keyed.length > limit && last !== undefined && { next: last.key }) };
}

interface Keyed {
  readonly key: string;
  readonly row: DiagnosticAnswer;
  readonly diagnostic: Diagnostic;
}

/** Rows under keys that sort them. Messages sort what is equal in all else, and stay out of keys: these go into URLs, and no URL is long. */
function keysOf(found: readonly Diagnostic[]): readonly Keyed[] {
  const placed = found.map((diagnostic) => {
    const row = diagnosticAnswer(diagnostic);
    return { diagnostic, row, place: JSON.stringify([row.resource, row.pointer, row.code]) };
  });
  placed.sort((a, b) => compareText(a.place, b.place) || compareText(a.row.message, b.row.message));
  let before = '';
  let nth = 0;
  return placed.map(({ diagnostic, row, place }) => {
    nth = place === before ? nth + 1 : 0;
    before = place;
    return { key: `${place}\n${String(nth).padStart(6, '0')}`, row, diagnostic };
  });
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
