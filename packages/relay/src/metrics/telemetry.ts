import type { Meter } from '@opentelemetry/api';

/** Where metrics are pushed to. */
export interface OtlpTarget {
  /** Such as `http://127.0.0.1:4318/v1/metrics`; headers, certificates and time-outs come from OpenTelemetry's `OTEL_EXPORTER_OTLP_*`. */
  readonly url: string;
  /** Milliseconds between two pushes. */
  readonly intervalMillis: number;
  /** Told of each push that failed, with the reason, and with undefined of the first that arrived (again). */
  onOutcome(failure: string | undefined): void;
}

/** How what is measured is told. */
export interface TelemetryOptions {
  /** As dashboards show it, `service.name` in OpenTelemetry. */
  readonly serviceName: string;
  readonly otlp?: OtlpTarget | undefined;
}

/** Metrics that can be read, and are pushed where that is wanted. */
export interface Telemetry {
  readonly meter: Meter;
  /** All metrics in Prometheus' text format. */
  prometheus(): Promise<string>;
  /** Pushes for the last time, for 2 s at most. */
  close(): Promise<void>;
}

/** Makes a meter of its own: nothing is registered for the whole process. */
export async function startTelemetry(options: TelemetryOptions): Promise<Telemetry> {
  // Only where it is wanted: OpenTelemetry's packages take a tenth of a second and 25 MB.
  const { createTelemetry } = await import('./openTelemetry.ts');
  return await createTelemetry(options);
}
