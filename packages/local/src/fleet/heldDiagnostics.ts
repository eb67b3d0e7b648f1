import type { DiagnosticsView, MeshDiagnostics } from '@meshwright/api';
import { type Diagnostic, type MeshKey, meshId, type Ref } from '@meshwright/model';
import {
  type HeldResource,
  type MeshSnapshot,
  type RefusedSource,
  type SessionSummary,
  type SnapshotStore,
  type Source,
  sourceKey,
} from '@meshwright/snapshot';
import type { Fleet } from './fleet.ts';
import type { FleetDiagnosticCode } from './fleetDiagnosticCodes.ts';
import { quotedRefusal } from './quotedRefusal.ts';
import { refOf } from './resourceRef.ts';

/** What telling of held content works with. */
export interface HeldDiagnosticsParts {
  /** What is known of a mesh's mistakes beside. */
  readonly others: DiagnosticsView;
  readonly fleet: Pick<Fleet, 'sessions'>;
  readonly snapshots: Pick<SnapshotStore, 'head' | 'read'>;
}

/** What proxies said to one entry, as long as they are told of. */
interface Said {
  readonly message: string;
  readonly nodes: ReadonlySet<string>;
  readonly causes: readonly RefusedSource[];
}

/** A mesh's mistakes, and what is held back from proxies because too many refused it. */
export class HeldDiagnostics implements DiagnosticsView {
  readonly #parts: HeldDiagnosticsParts;

  constructor(parts: HeldDiagnosticsParts) {
    this.#parts = parts;
  }

  async diagnostics(mesh: MeshKey): Promise<MeshDiagnostics | undefined> {
    const found = await this.#parts.others.diagnostics(mesh);
    if (found === undefined) return undefined;
    const head = await this.#parts.snapshots.head(meshId(mesh));
    const { held = [] } = head ?? {};
    if (head === undefined || held.length === 0) return found;
    const snapshot = await this.#parts.snapshots.read(head.mesh, head.serving);
    const sessions = await this.#parts.fleet.sessions(mesh);
    const told = held.flatMap((entry) => diagnosticsOf(mesh.mesh, entry, snapshot, saidTo(entry, sessions)));
    return { ...found, diagnostics: [...found.diagnostics, ...told] };
  }
}

function diagnosticsOf(mesh: string, entry: HeldResource, snapshot: MeshSnapshot, said: Said): readonly Diagnostic[] {
  const places = new Map<string, { readonly ref: Ref; readonly pointer: string }>();
  for (const { resource, pointer } of said.causes.length > 0 ? said.causes : sourcesOf(entry, snapshot)) {
    const ref = refOf(mesh, resource);
    if (ref !== undefined) places.set(`${resource} ${pointer}`, { ref, pointer });
  }
  const who = said.nodes.size === 0 ? 'proxies' : [...said.nodes].sort().join(', ');
  const words = quotedRefusal(said.message);
  return [...places.values()].map(({ ref, pointer }) => ({
    code: 'held-back' satisfies FleetDiagnosticCode,
    severity: 'error',
    ref,
    pointer,
    message: `what was made of it (Envoy's ${entry.name}) is held back from every proxy that has not taken it, for too many refused it: ${who}${words === '' ? '' : ` said: ${words}`}`,
    fix: 'Correct it or take the last change back: other content goes to all again. Until then proxies keep what they have of it, and get every other change.',
  }));
}

function saidTo({ typeUrl, name, hash }: HeldResource, sessions: readonly SessionSummary[]): Said {
  const nodes = new Set<string>();
  const refusals = sessions.flatMap(({ proxy, types }) => {
    const rejected = types.find((type) => type.typeUrl === typeUrl)?.rejected;
    const isIt = rejected?.contents?.some((content) => content.name === name && content.hash === hash) === true;
    if (!isIt || rejected === undefined) return [];
    if (proxy !== undefined) nodes.add(proxy);
    return [rejected];
  });
  const [first] = refusals;
  return { message: first?.message ?? '', nodes, causes: first?.causes ?? [] };
}

function sourcesOf({ typeUrl, name, hash }: HeldResource, { proxies }: MeshSnapshot): readonly Source[] {
  return [...proxies.values()].flatMap(({ types, sources }) => {
    return types.get(typeUrl)?.references.get(name) === hash ? (sources.get(sourceKey(typeUrl, name)) ?? []) : [];
  });
}
