import { type Diagnostic, MeshError, notPresent, type Page, type PageRequest, resourcePath, shown } from '@meshwright/model';
import type { Call, Operation, OperationParts } from '../operation.ts';
import { pageQuery } from '../paging.ts';
import type { DiagnosticAnswer, DiagnosticsView } from './diagnostics.ts';
import { MAX_PAGE_ITEMS, meshInPath, nextPage } from './listing.ts';

/** What is told of the mistakes in a mesh, below `/v1`. */
export function diagnosticOperations(view: DiagnosticsView): readonly Operation[] {
  const run: Operation['run'] = (parts, call) => listDiagnostics(view, parts, call);
  return [{ name: 'ListDiagnostics', method: 'GET', path: '/meshes/:meshName/diagnostics', run }];
}

async function listDiagnostics(view: DiagnosticsView, parts: OperationParts, call: Call): Promise<object> {
  const wanted = pageQuery(call.query, call.path, MAX_PAGE_ITEMS);
  const severity = parseSeverity(call.query.get('severity'));
  const resource = call.query.get('resource');
  const mesh = meshInPath(parts, call);
  const found = await view.diagnostics(mesh);
  if (found === undefined) throw notPresent(mesh, { kind: 'mesh', mesh: mesh.mesh, name: mesh.mesh });
  const isWanted = (row: DiagnosticAnswer): boolean =>
    (severity === undefined || row.severity === severity) && (resource === undefined || row.resource === resource);
  const page = pageOf(found.diagnostics.map(diagnosticAnswer), wanted, isWanted);
  return { revision: Number(found.revision), diagnostics: page.items, ...nextPage(page, call) };
}

function parseSeverity(severity: string | undefined): Diagnostic['severity'] | undefined {
  if (severity === undefined || severity === 'error' || severity === 'warning') return severity;
  throw new MeshError('BadRequest', `severity is ${shown(severity)} but must be error or warning: correct it or leave it out for both.`);
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
  rows: readonly DiagnosticAnswer[],
  { limit, after }: PageRequest,
  isWanted: (row: DiagnosticAnswer) => boolean,
): Page<DiagnosticAnswer> {
  const keyed = keysOf(rows).filter(({ key, row }) => (after === undefined || key > after) && isWanted(row));
  const page = keyed.slice(0, limit);
  const last = page.at(-1);
  return { items: page.map(({ row }) => row), ...(keyed.length > limit && last !== undefined && { next: last.key }) };
}

interface Keyed {
  readonly key: string;
  readonly row: DiagnosticAnswer;
}

/** Rows under keys that sort them. Messages sort what is equal in all else, and stay out of keys: these go into URLs, and no URL is long. */
function keysOf(rows: readonly DiagnosticAnswer[]): readonly Keyed[] {
  const placed = rows.map((row) => ({ row, place: JSON.stringify([row.resource, row.pointer, row.code]) }));
  placed.sort((a, b) => compareText(a.place, b.place) || compareText(a.row.message, b.row.message));
  let before = '';
  let nth = 0;
  return placed.map(({ row, place }) => {
    nth = place === before ? nth + 1 : 0;
    before = place;
    return { key: `${place}\n${String(nth).padStart(6, '0')}`, row };
  });
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
