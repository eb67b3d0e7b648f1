import { setImmediate } from 'node:timers/promises';
import type { DiagnosticsView } from '@meshwright/api';
import type { Diagnostic, MeshKey } from '@meshwright/model';
import type { ProxyStatusEvent } from '@meshwright/relay';
import type { HoldNews } from '@meshwright/snapshot';

/** Proxies of one kind refuse the same within moments of each other: what they say is told once, in milliseconds after the first. */
const GATHER_MILLIS = 250;

/** What following refusals works with. */
export interface StandingRefusalsParts {
  /** What proxies refuse and what is held back for that, nothing else. */
  readonly view: DiagnosticsView;
  /** Calls back once after `millis`, unless the returned function was called before. */
  setTimer(callback: () => void, millis: number): () => void;
  /** Told what stands of it in a mesh, `<owner>/<mesh>`, each time that it was looked at. */
  readonly tell: (mesh: string, diagnostics: readonly Diagnostic[]) => void;
  /** Told when it cannot be found out; the next event of the mesh looks again. */
  readonly onFailure: (cause: unknown) => void;
}

/** Follows what proxies refuse of each mesh from the first refusal until none stands: it comes and goes between publications. */
export class StandingRefusals {
  readonly #parts: StandingRefusalsParts;
  /** Open session → its mesh. */
  readonly #sessions = new Map<number, string>();
  /** Meshes of which something was refused → how to take back the look at it that is due, if one is. */
  readonly #followed = new Map<string, (() => void) | undefined>();
  #looking: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(parts: StandingRefusalsParts) {
    this.#parts = parts;
  }

  /** Takes in one event of the relay. */
  take(event: ProxyStatusEvent): void {
    if (!('session' in event)) return;
    if (event.kind === 'connected' && event.admission.kind === 'proxy') this.#sessions.set(event.session, event.admission.mesh);
    const mesh = this.#sessions.get(event.session);
    if (event.kind === 'gone') this.#sessions.delete(event.session);
    if (mesh === undefined) return;
    const mayEnd = (event.kind === 'acked' || event.kind === 'gone') && this.#followed.has(mesh);
    if (event.kind === 'rejected' || mayEnd) this.look(mesh);
  }

  /** Takes in what is held back, and what is not any more. */
  held({ mesh }: Pick<HoldNews, 'mesh'>): void {
    this.look(mesh);
  }

  /** Looks at a mesh, `<owner>/<mesh>`, soon. */
  look(mesh: string): void {
    if (this.#isClosed || this.#followed.get(mesh) !== undefined) return;
    const due = (): void => {
      this.#followed.set(mesh, undefined);
      this.#looking = this.#looking.then(() => this.#look(mesh));
    };
    this.#followed.set(mesh, this.#parts.setTimer(due, GATHER_MILLIS));
  }

  /** Ends with the mesh that is being looked at; streams that end with the process end no refusal. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const cancel of this.#followed.values()) cancel?.();
    await this.#looking;
  }

  async #look(mesh: string): Promise<void> {
    await setImmediate();
    if (this.#isClosed) return;
    try {
      const found = await this.#parts.view.diagnostics(keyOf(mesh));
      const diagnostics = found?.diagnostics ?? [];
      if (diagnostics.length === 0 && this.#followed.get(mesh) === undefined) this.#followed.delete(mesh);
      this.#parts.tell(mesh, diagnostics);
    } catch (cause) {
      this.#parts.onFailure(cause);
    }
  }
}

/** Nothing but what comes from proxies: what the compiler finds is told with each publication. */
export const NOTHING_COMPILED: DiagnosticsView = { diagnostics: async () => ({ revision: 0n, diagnostics: [] }) };

function keyOf(mesh: string): MeshKey {
  const cut = mesh.indexOf('/');
  return { owner: mesh.slice(0, cut), mesh: mesh.slice(cut + 1) };
}
