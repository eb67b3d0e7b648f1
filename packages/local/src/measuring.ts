import type { PublishEvent } from '@meshwright/compiler';
import { type MeshKey, meshId } from '@meshwright/model';
import { measureProcess, type ProxyStatusEvent, RelayMetrics, startTelemetry } from '@meshwright/relay';
import { monotonicClock } from './clock.ts';
import type { OtlpSettings } from './otlp.ts';

/** Measures what a local control plane does. */
export interface Measuring {
  committed(mesh: MeshKey, generation: bigint): void;
  published(event: PublishEvent): void;
  publishFailed(): void;
  status(event: ProxyStatusEvent): void;
  /** Says whose queue is measured. */
  watchQueue(relay: { readonly queueLength: number }): void;
  /** In Prometheus' text format. */
  prometheus(): Promise<string>;
  close(): Promise<void>;
}

/** @param onPush told of each push of metrics that failed, with the reason, and with undefined of the first that arrived (again). */
export async function startMeasuring(
  { serviceName, otlp }: OtlpSettings,
  onPush: (failure: string | undefined) => void,
): Promise<Measuring> {
  const telemetry = await startTelemetry({ serviceName, otlp: otlp && { ...otlp, onOutcome: onPush } });
  const ofProcess = measureProcess(telemetry.meter);
  let queued = { queueLength: 0 };
  const metrics = new RelayMetrics({ meter: telemetry.meter, now: monotonicClock.now, queueLength: () => queued.queueLength });
  return {
    committed: (mesh, generation) => metrics.written(meshId(mesh), generation),
    published: ({ mesh, result }) => {
      if (result.kind === 'published' || result.kind === 'unchanged') {
        metrics.published(meshId(mesh), result.version, result.kind, result.compileMillis);
      } else if (result.kind === 'refused') metrics.notPublished('refused');
    },
    publishFailed: () => metrics.notPublished('failed'),
    status: (event) => metrics.take(event),
    watchQueue: (relay) => {
      queued = relay;
    },
    prometheus: () => telemetry.prometheus(),
    async close() {
      ofProcess[Symbol.dispose]();
      await telemetry.close();
    },
  };
}
