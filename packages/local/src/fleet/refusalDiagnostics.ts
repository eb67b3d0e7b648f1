import type { DiagnosticsView, MeshDiagnostics } from '@meshwright/api';
import type { Diagnostic, MeshKey, MeshStore, Ref } from '@meshwright/model';
import type { RefusedExchange, SessionSummary } from '@meshwright/snapshot';
import type { Fleet } from './fleet.ts';
import type { FleetDiagnosticCode } from './fleetDiagnosticCodes.ts';
import { quotedField } from './quotedField.ts';
import { quotedRefusal } from './quotedRefusal.ts';
import { refOf } from './resourceRef.ts';

/** What telling of refusals works with. */
export interface RefusalDiagnosticsParts {
  /** What is known of a mesh's mistakes beside. */
  readonly compiled: DiagnosticsView;
  readonly fleet: Pick<Fleet, 'sessions'>;
  readonly store: Pick<MeshStore, 'get'>;
}

/** One cause, and how many proxies have refused what was made of it, in the same words. */
interface Refused {
  readonly ref: Ref;
  readonly pointer: string;
  readonly message: string;
  readonly proxies: Set<string>;
  readonly envoyVersions: Set<string>;
}

/** A mesh's mistakes: those that the compiler found, and those that only Envoy did, as long as a proxy that is connected stands by its refusal. */
export class RefusalDiagnostics implements DiagnosticsView {
  readonly #parts: RefusalDiagnosticsParts;

  constructor(parts: RefusalDiagnosticsParts) {
    this.#parts = parts;
  }

  async diagnostics(mesh: MeshKey): Promise<MeshDiagnostics | undefined> {
    const found = await this.#parts.compiled.diagnostics(mesh);
    if (found === undefined) return undefined;
    const refused = refusedIn(mesh, await this.#parts.fleet.sessions(mesh));
    if (refused.length === 0) return found;
    return { ...found, diagnostics: [...found.diagnostics, ...(await Promise.all(refused.map((one) => this.#diagnostic(mesh, one))))] };
  }

  async #diagnostic(mesh: MeshKey, { ref, pointer, message, proxies, envoyVersions }: Refused): Promise<Diagnostic> {
    const resource = await this.#parts.store.get(mesh, ref);
    const who = `${proxies.size} ${proxies.size === 1 ? 'proxy' : 'proxies'} (Envoy ${[...envoyVersions].sort().join(', ')})`;
    return {
      code: 'refused-by-proxy' satisfies FleetDiagnosticCode,
      severity: 'error',
      ref,
      pointer: quotedField(resource?.spec, pointer, message),
      message: `${who} refused what was made of it: ${quotedRefusal(message)}`,
      fix: 'Correct it or take the last change back: until it changes, these proxies keep what they accepted before. GET /v1/meshes/MESH/proxies?state=REJECTED names them.',
    };
  }
}

function refusedIn({ mesh }: MeshKey, sessions: readonly SessionSummary[]): readonly Refused[] {
  const all = new Map<string, Refused>();
  for (const { id, proxy = '', envoyVersion = 'of unknown version', ended, types } of sessions) {
    const standing = ended === undefined ? types.filter(({ state }) => state === 'REJECTED') : [];
    for (const { ref, pointer, message } of standing.flatMap(({ rejected }) => causesOf(mesh, proxy, rejected))) {
      const key = JSON.stringify([ref, pointer, message]);
      const known = all.get(key) ?? { ref, pointer, message, proxies: new Set(), envoyVersions: new Set() };
      all.set(key, known);
      known.proxies.add(id);
      known.envoyVersions.add(envoyVersion);
    }
  }
  return [...all.values()];
}

/** Where Envoy's words tell nothing, the proxy's own resource has the news. */
function causesOf(
  mesh: string,
  proxy: string,
  rejected: RefusedExchange | undefined,
): readonly Pick<Refused, 'ref' | 'pointer' | 'message'>[] {
  if (rejected === undefined) return [];
  const causes = rejected.causes.length === 0 ? [{ resource: proxy, pointer: '' }] : rejected.causes;
  return causes.flatMap(({ resource, pointer }) => {
    const ref = refOf(mesh, resource) ?? refOf(mesh, proxy);
    return ref === undefined ? [] : [{ ref, pointer, message: rejected.message }];
  });
}
