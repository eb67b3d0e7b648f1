import { StartFailed } from './startFailed.ts';

/** Where metrics are pushed to, as OpenTelemetry's environment says. */
export interface OtlpSettings {
  /** As dashboards show it. */
  readonly serviceName: string;
  /** Absent: they are pushed nowhere. */
  readonly otlp?: { readonly url: string; readonly intervalMillis: number };
}

const INTERVAL_MILLIS = 60_000;
const SERVICE_NAME = 'meshwright';

/**
 * Reads what OpenTelemetry calls its environment; headers, time-outs and certificates its exporter reads itself.
 * @throws StartFailed for a value that cannot be meant.
 * @see https://opentelemetry.io/docs/specs/otel/protocol/exporter/
 */
export function otlpSettings(env: Readonly<Record<string, string | undefined>>): OtlpSettings {
  const serviceName = env.OTEL_SERVICE_NAME || SERVICE_NAME;
  const url = metricsUrl(env);
  if (url === undefined || env.OTEL_SDK_DISABLED?.toLowerCase() === 'true' || env.OTEL_METRICS_EXPORTER === 'none') return { serviceName };
  const { OTEL_METRIC_EXPORT_INTERVAL: interval } = env;
  const intervalMillis = interval ? Number(interval) : INTERVAL_MILLIS;
  if (!Number.isInteger(intervalMillis) || intervalMillis < 1) {
    throw new StartFailed(`OTEL_METRIC_EXPORT_INTERVAL is ${JSON.stringify(interval)}: write milliseconds, such as ${INTERVAL_MILLIS}`);
  }
  return { serviceName, otlp: { url, intervalMillis } };
}

/** The one for metrics is taken as it is, the one for all signals gets the path. */
function metricsUrl(env: Readonly<Record<string, string | undefined>>): string | undefined {
  const { OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: own, OTEL_EXPORTER_OTLP_ENDPOINT: all } = env;
  if (own) return checked('OTEL_EXPORTER_OTLP_METRICS_ENDPOINT', own);
  return all ? `${checked('OTEL_EXPORTER_OTLP_ENDPOINT', all).replace(/\/$/, '')}/v1/metrics` : undefined;
}

function checked(name: string, text: string): string {
  if (/^https?:$/.test(URL.parse(text)?.protocol ?? '')) return text;
  throw new StartFailed(`${name} is ${JSON.stringify(text)}: write the URL of an OTLP/HTTP receiver, such as http://127.0.0.1:4318`);
}
