import { expect, it } from 'vitest';
import { otlpSettings } from './otlp.ts';

it.each([
  [{}, { serviceName: 'meshwright' }],
  [{ OTEL_SERVICE_NAME: 'mesh-1' }, { serviceName: 'mesh-1' }],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318/' },
    { serviceName: 'meshwright', otlp: { url: 'http://collector:4318/v1/metrics', intervalMillis: 60_000 } },
  ],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:1', OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'https://b/m', OTEL_METRIC_EXPORT_INTERVAL: '500' },
    { serviceName: 'meshwright', otlp: { url: 'https://b/m', intervalMillis: 500 } },
  ],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:1', OTEL_SDK_DISABLED: 'true' }, { serviceName: 'meshwright' }],
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:1', OTEL_METRICS_EXPORTER: 'none' }, { serviceName: 'meshwright' }],
])('%j', (env, expected) => {
  expect(otlpSettings(env)).toEqual(expected);
});

it.each([
  [{ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }, /^OTEL_EXPORTER_OTLP_ENDPOINT is "collector:4318": write the URL/],
  [{ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'nonsense' }, /^OTEL_EXPORTER_OTLP_METRICS_ENDPOINT is "nonsense"/],
  [
    { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a', OTEL_METRIC_EXPORT_INTERVAL: 'soon' },
    /^OTEL_METRIC_EXPORT_INTERVAL is "soon": write milliseconds/,
  ],
])('refuses %j', (env, message) => {
  expect(() => otlpSettings(env)).toThrow(message);
});
