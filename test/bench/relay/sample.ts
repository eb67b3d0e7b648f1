/** What one run of the load generator against one server came to. */
export interface Sample {
  /** Server CPU from the first connection until all streams have their configuration. */
  readonly stormCpuSeconds: number;
  readonly stormBytes: number;
  /** Memory of the server that the idle streams take. */
  readonly idleKibPerStream: number;
  readonly unconfigured: number;
  readonly streamErrors: number;
  /** Absent when the storm failed: nothing is changed then. */
  readonly updates?: UpdateSample;
}

/** What one change cost, in the median of a run's changes. */
export interface UpdateSample {
  /** Server CPU per change and 1,000 streams. */
  readonly cpuSeconds: number;
  readonly p99Millis: number;
  readonly bytes: number;
  /** Streams that did not get a change, over all changes. */
  readonly missed: number;
  /** CPU that neither server nor generator used meanwhile: latencies of a busy machine say little. */
  readonly otherCpuSeconds: number;
}

interface Spread {
  readonly median: number;
}

interface Report {
  readonly connect: { readonly server_cpu_s: number; readonly bytes: number; readonly unconfigured: number };
  readonly rss: { readonly idle_kb_per_stream: number };
  readonly stream_errors: number;
  readonly updates?: {
    readonly server_cpu_s_per_1000_streams: number;
    readonly p99_ms: Spread;
    readonly bytes_per_update: number;
    readonly missed: number;
    readonly other_cpu_s: Spread;
  };
}

/** Reads the generator's line of JSON. @throws SyntaxError when it is none. */
export function readSample(text: string): Sample {
  const { connect, rss, stream_errors: streamErrors, updates } = JSON.parse(text) as Report;
  return {
    stormCpuSeconds: connect.server_cpu_s,
    stormBytes: connect.bytes,
    idleKibPerStream: rss.idle_kb_per_stream,
    unconfigured: connect.unconfigured,
    streamErrors,
    ...(updates && {
      updates: {
        cpuSeconds: updates.server_cpu_s_per_1000_streams,
        p99Millis: updates.p99_ms.median,
        bytes: updates.bytes_per_update,
        missed: updates.missed,
        otherCpuSeconds: updates.other_cpu_s.median,
      },
    }),
  };
}
