import type { MetricOptions } from '@opentelemetry/api';

/** One metric as it is told: by this name in Prometheus and in OTLP alike. */
export interface MetricDefinition {
  readonly name: string;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  /** As UCUM writes it: `s`, `By`, `{stream}`. */
  readonly unit: string;
  readonly description: string;
  /** Each has few values: none grows with the number of proxies. */
  readonly labels: readonly string[];
}

const counter = (name: string, unit: string, description: string, labels: readonly string[] = []): MetricDefinition => ({
  name,
  kind: 'counter',
  unit,
  description,
  labels,
});
const gauge = (name: string, unit: string, description: string, labels: readonly string[] = []): MetricDefinition => ({
  name,
  kind: 'gauge',
  unit,
  description,
  labels,
});
const seconds = (name: string, description: string, labels: readonly string[] = []): MetricDefinition => ({
  name,
  kind: 'histogram',
  unit: 's',
  description,
  labels,
});

/** What a relay, and what publishes beside it, is measured by. */
export const RELAY_METRICS = {
  streams: gauge('meshwright_xds_streams', '{stream}', 'Open streams; state is served, orphaned or unknown', ['mesh', 'protocol', 'state']),
  opened: counter('meshwright_xds_streams_opened_total', '{stream}', 'Streams whose proxy has named itself', ['protocol']),
  refused: counter('meshwright_xds_streams_refused_total', '{stream}', 'Streams ended because their proxy may read nothing', ['protocol']),
  pushes: counter('meshwright_xds_pushes_total', '{response}', 'Responses sent', ['type']),
  sentBytes: counter('meshwright_xds_sent_bytes_total', 'By', 'Encoded responses sent', ['type']),
  acks: counter('meshwright_xds_acks_total', '{response}', 'Responses acknowledged', ['type']),
  adopted: counter('meshwright_xds_adopted_total', '{proxy}', 'Reconnected proxies that held what they would have been sent', ['type']),
  rejections: counter('meshwright_xds_rejections_total', '{response}', 'Responses refused by a proxy (NACK)', ['mesh', 'type']),
  tooLarge: counter('meshwright_xds_too_large_total', '{response}', 'Responses near or over what their client takes', ['type', 'withheld']),
  ack: seconds('meshwright_xds_ack_seconds', 'From sending a response to its acknowledgement', ['type']),
  writeToAck: seconds(
    'meshwright_write_to_ack_seconds',
    'From the oldest commit a version brings to its acknowledgement by a proxy that was connected at the commit',
    ['type'],
  ),
  unreadable: counter('meshwright_snapshots_unreadable_total', '{read}', 'Reads of a head or snapshot that failed', ['mesh']),
  queue: gauge('meshwright_xds_push_queue_streams', '{stream}', 'Streams that wait for their turn to be looked at'),
  compile: seconds('meshwright_compile_seconds', 'Compiling one version of one mesh'),
  publications: counter('meshwright_publications_total', '{publication}', 'Outcomes: published, unchanged, refused, failed', ['outcome']),
} as const satisfies Record<string, MetricDefinition>;

/** What a process is measured by, under the names that dashboards for Node.js know. */
export const PROCESS_METRICS = {
  memory: gauge('process_resident_memory_bytes', 'By', 'Resident memory'),
  heap: gauge('nodejs_heap_size_used_bytes', 'By', 'Used heap of the JavaScript engine'),
  external: gauge('nodejs_external_memory_bytes', 'By', 'Memory of buffers and other objects outside of the heap'),
  cpu: counter('process_cpu_seconds_total', 's', 'User and system time'),
  descriptors: gauge('process_open_fds', '{descriptor}', 'Open file descriptors; only where there is /proc'),
  started: gauge('process_start_time_seconds', 's', 'Start of the process, since the epoch'),
  lagMedian: gauge('nodejs_eventloop_lag_p50_seconds', 's', 'Event-loop lag since the last reading, median'),
  lagHigh: gauge('nodejs_eventloop_lag_p99_seconds', 's', 'Event-loop lag since the last reading, 99th percentile'),
  lagMax: gauge('nodejs_eventloop_lag_max_seconds', 's', 'Event-loop lag since the last reading, longest'),
} as const satisfies Record<string, MetricDefinition>;

// From a push within one machine to the 60 s within which every proxy is to have the newest version.
const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30, 60];

/** How OpenTelemetry is told of a metric. */
export function optionsOf({ kind, unit, description }: MetricDefinition): MetricOptions {
  const advice = kind === 'histogram' ? { advice: { explicitBucketBoundaries: SECONDS } } : {};
  return { unit, description, ...advice };
}
