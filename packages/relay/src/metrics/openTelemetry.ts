import type { Meter } from '@opentelemetry/api';
import type { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import {
  type IMetricReader,
  MeterProvider,
  type MeterProviderOptions,
  MetricReader,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';

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

const CLOSE_MILLIS = 2_000;
const EXPORT_TIMEOUT_MILLIS = 10_000;
/** `ExportResultCode.SUCCESS` of OpenTelemetry. */
const EXPORTED = 0;

/** What `startTelemetry` answers. */
export async function createTelemetry({ serviceName, otlp }: TelemetryOptions): Promise<Telemetry> {
  const onDemand = new OnDemandReader();
  const readers: IMetricReader[] = [onDemand, ...(otlp === undefined ? [] : [await pushingReader(otlp)])];
  const provider = new MeterProvider({ readers, resource: resourceOf(serviceName) });
  // Without labels for the scope: there is one.
  const serializer = new PrometheusSerializer(undefined, false, undefined, false, true);
  return {
    meter: provider.getMeter('meshwright'),
    async prometheus() {
      const { resourceMetrics, errors } = await onDemand.collect();
      if (errors.length > 0) throw new AggregateError(errors, 'Metrics could not be read');
      return serializer.serialize(resourceMetrics);
    },
    // What could not be pushed any more was told by the exporter.
    close: () => provider.shutdown({ timeoutMillis: CLOSE_MILLIS }).catch(() => {}),
  };
}

/** Reads when it is asked. */
class OnDemandReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

async function pushingReader({ url, intervalMillis, onOutcome }: OtlpTarget): Promise<IMetricReader> {
  // Only where it is wanted, as all of this.
  const { OTLPMetricExporter } = await import('@opentelemetry/exporter-metrics-otlp-http');
  return new PeriodicExportingMetricReader({
    exporter: telling(new OTLPMetricExporter({ url }), onOutcome),
    exportIntervalMillis: intervalMillis,
    exportTimeoutMillis: Math.min(intervalMillis, EXPORT_TIMEOUT_MILLIS),
  });
}

/** OpenTelemetry tells of failed pushes on a channel of the whole process, if on any: here they are told to whoever asked for them. */
function telling(exporter: OTLPMetricExporter, onOutcome: OtlpTarget['onOutcome']): PushMetricExporter {
  let isFailing: boolean | undefined;
  return {
    export: (metrics, done) =>
      exporter.export(metrics, (result) => {
        const hasFailed = result.code !== EXPORTED;
        if (hasFailed) onOutcome(result.error?.message ?? 'no reason was told');
        else if (isFailing !== false) onOutcome(undefined);
        isFailing = hasFailed;
        done(result);
      }),
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
    selectAggregation: (type) => exporter.selectAggregation(type),
    selectAggregationTemporality: (type) => exporter.selectAggregationTemporality(type),
  };
}

type Resource = NonNullable<MeterProviderOptions['resource']>;

/** One attribute is all that is told of this service. */
function resourceOf(serviceName: string): Resource {
  const attributes = { 'service.name': serviceName };
  const resource: Resource = { attributes, getRawAttributes: () => Object.entries(attributes), merge: (other) => other ?? resource };
  return resource;
}
