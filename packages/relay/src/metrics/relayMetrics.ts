import type { SnapshotVersion } from '@meshwright/snapshot';
import type { Meter } from '@opentelemetry/api';
import type { ProxyStatusEvent } from '../ports.ts';
import { beginAtZero, createInstruments, type Instruments } from './instruments.ts';
import { MeshLabels, TYPE_LABELS, typeLabel } from './labels.ts';
import { type OpenStream, OpenStreams } from './openStreams.ts';
import { WriteTimes } from './writeTimes.ts';

/** What a relay's metrics work with. */
export interface RelayMetricsParts {
  readonly meter: Meter;
  /** Milliseconds that only rise. */
  readonly now: () => number;
  /** Streams that wait for their turn; asked when metrics are read. Without it there is no such metric. */
  readonly queueLength?: () => number;
}

type EventOf<Kind extends ProxyStatusEvent['kind']> = Extract<ProxyStatusEvent, { kind: Kind }>;

const MILLIS = 1_000;

/** Measures a relay by what it tells, and what is published beside it by what its publisher tells. */
export class RelayMetrics {
  readonly #now: () => number;
  readonly #instruments: Instruments;
  readonly #labels = new MeshLabels();
  readonly #streams = new OpenStreams();
  readonly #writes: WriteTimes;

  constructor({ meter, now, queueLength }: RelayMetricsParts) {
    this.#now = now;
    this.#writes = new WriteTimes(now);
    this.#instruments = createInstruments(meter);
    beginAtZero(this.#instruments);
    this.#instruments.streams.addCallback((result) => {
      for (const [count, attributes] of this.#streams.counts(this.#labels)) result.observe(count, attributes);
    });
    if (queueLength !== undefined) this.#instruments.queue.addCallback((result) => result.observe(queueLength()));
  }

  /** A commit was written; what brings it to the proxies is measured from here. */
  written(mesh: string, generation: bigint): void {
    this.#writes.written(mesh, generation);
  }

  /** A mesh was compiled and published, or found unchanged. */
  published(mesh: string, version: SnapshotVersion, outcome: 'published' | 'unchanged', compileMillis: number): void {
    this.#writes.published(mesh, version);
    this.#instruments.publications.add(1, { outcome });
    this.#instruments.compile.record(compileMillis / MILLIS);
  }

  /** A mesh could not be published: what was compiled contradicts itself (`refused`), or something failed. */
  notPublished(outcome: 'refused' | 'failed'): void {
    this.#instruments.publications.add(1, { outcome });
  }

  /** Takes in one event of the relay. */
  take(event: ProxyStatusEvent): void {
    switch (event.kind) {
      case 'snapshotUnreadable':
        this.#instruments.unreadable.add(1, { mesh: this.#labels.labelOf(event.mesh) });
        return;
      case 'connected':
        this.#connected(event);
        return;
      case 'orphaned':
        this.#streams.becomes(event.session, 'orphaned');
        return;
      case 'found':
        this.#streams.becomes(event.session, 'served');
        return;
      case 'gone':
        this.#streams.gone(event.session);
        return;
      case 'sent':
        this.#sent(event);
        return;
      case 'acked':
        this.#acked(event);
        return;
      case 'rejected':
        this.#instruments.rejections.add(1, { mesh: this.#meshOf(event.session), ...typeLabel(event.typeUrl) });
        return;
      case 'tooLarge':
        this.#instruments.tooLarge.add(1, { ...typeLabel(event.typeUrl), withheld: event.withheld });
        return;
    }
  }

  #connected(event: EventOf<'connected'>): void {
    const { protocol, admission } = event;
    this.#instruments.opened.add(1, { protocol });
    if (admission.kind === 'refused') this.#instruments.refused.add(1, { protocol });
    else this.#streams.connected(event, this.#now());
  }

  #sent({ session, typeUrl, sizeBytes }: EventOf<'sent'>): void {
    const { mesh } = this.#streams.get(session) ?? {};
    if (mesh !== undefined) this.#served(mesh);
    this.#instruments.pushes.add(1, typeLabel(typeUrl));
    this.#instruments.sentBytes.add(sizeBytes, typeLabel(typeUrl));
  }

  /** What may go wrong in a mesh is counted from 0, too; only for those that have a label of their own. */
  #served(mesh: string): void {
    if (!this.#labels.served(mesh)) return;
    for (const type of TYPE_LABELS) this.#instruments.rejections.add(0, { mesh, ...type });
    this.#instruments.unreadable.add(0, { mesh });
  }

  #acked({ session, typeUrl, snapshotVersion, millis }: EventOf<'acked'>): void {
    const type = typeLabel(typeUrl);
    const known = this.#streams.get(session);
    // Told of a proxy that reconnected, without anything having been sent: no answer took so long.
    if (millis === 0) {
      if (known?.mesh !== undefined) this.#served(known.mesh);
      this.#instruments.adopted.add(1, type);
      return;
    }
    this.#instruments.acks.add(1, type);
    this.#instruments.ack.record(millis / MILLIS, type);
    const writtenAt = known && this.#writtenAt(known, snapshotVersion);
    if (writtenAt !== undefined) this.#instruments.writeToAck.record((this.#now() - writtenAt) / MILLIS, type);
  }

  /** A proxy that came after the write gets the version because it came: that says nothing of how long the write took. */
  #writtenAt({ mesh, connectedAt }: OpenStream, snapshotVersion: string): number | undefined {
    const at = mesh === undefined ? undefined : this.#writes.of(mesh, snapshotVersion);
    return at === undefined || connectedAt > at ? undefined : at;
  }

  #meshOf(session: number): string {
    return this.#labels.labelOf(this.#streams.get(session)?.mesh ?? '');
  }
}
