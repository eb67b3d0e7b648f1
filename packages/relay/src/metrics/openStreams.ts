import type { Attributes } from '@opentelemetry/api';
import type { ProxyStatusEvent } from '../ports.ts';
import type { MeshLabels } from './labels.ts';

/** An open stream, as far as it is measured. */
export interface OpenStream {
  readonly protocol: 'sotw' | 'delta';
  /** Of a proxy that may read something. */
  readonly mesh: string | undefined;
  /** By the clock of the metrics. */
  readonly connectedAt: number;
  state: 'served' | 'orphaned' | 'unknown';
}

type Connected = Extract<ProxyStatusEvent, { kind: 'connected' }>;

/** The open streams, counted by what is told apart. */
export class OpenStreams {
  readonly #open = new Map<number, OpenStream>();

  get(session: number): OpenStream | undefined {
    return this.#open.get(session);
  }

  connected({ session, protocol, admission }: Connected, connectedAt: number): void {
    const isProxy = admission.kind === 'proxy';
    this.#open.set(session, { protocol, mesh: isProxy ? admission.mesh : undefined, connectedAt, state: isProxy ? 'served' : 'unknown' });
  }

  becomes(session: number, state: OpenStream['state']): void {
    const known = this.#open.get(session);
    if (known !== undefined) known.state = state;
  }

  gone(session: number): void {
    this.#open.delete(session);
  }

  /** How many streams there are of each mesh, protocol and state. */
  counts(labels: MeshLabels): readonly (readonly [number, Attributes])[] {
    const counts = new Map<string, { count: number; readonly attributes: Attributes }>();
    for (const { protocol, mesh, state } of this.#open.values()) {
      const attributes = { mesh: mesh === undefined ? 'other' : labels.labelOf(mesh), protocol, state };
      const key = JSON.stringify(attributes);
      const known = counts.get(key) ?? { count: 0, attributes };
      known.count += 1;
      counts.set(key, known);
    }
    return [...counts.values()].map(({ count, attributes }) => [count, attributes]);
  }
}
