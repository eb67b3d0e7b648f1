import { readdirSync } from 'node:fs';
import { type ELDHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { Meter, Observable } from '@opentelemetry/api';
import { type MetricDefinition, optionsOf, PROCESS_METRICS } from './catalogue.ts';

/** Milliseconds between two looks at the event loop; what they take is taken off. */
const RESOLUTION_MILLIS = 20;
const NANOS_PER_SECOND = 1e9;
const MICROS_PER_SECOND = 1e6;

/** Measures this process: memory, descriptors, processor time, and how late its event loop is. Disposing of it ends the looking. */
export function measureProcess(meter: Meter): Disposable {
  const lag = monitorEventLoopDelay({ resolution: RESOLUTION_MILLIS });
  lag.enable();
  const observe = (metric: MetricDefinition, value: () => number | undefined): void => {
    instrument(meter, metric).addCallback((result) => {
      const now = value();
      if (now !== undefined) result.observe(now);
    });
  };
  const { memory, heap, external, cpu, descriptors, started } = PROCESS_METRICS;
  observe(memory, () => process.memoryUsage.rss());
  observe(heap, () => process.memoryUsage().heapUsed);
  observe(external, () => process.memoryUsage().external);
  observe(cpu, () => processorSeconds());
  observe(descriptors, () => openDescriptors());
  const startedAt = Date.now() / 1_000 - process.uptime();
  observe(started, () => startedAt);
  observeLag(meter, lag);
  return { [Symbol.dispose]: () => lag.disable() };
}

/** In one callback, for after it the looking begins anew: the longest lag of a whole life would hide every later one. */
function observeLag(meter: Meter, lag: ELDHistogram): void {
  const [median, high, max] = [PROCESS_METRICS.lagMedian, PROCESS_METRICS.lagHigh, PROCESS_METRICS.lagMax].map((metric) =>
    instrument(meter, metric),
  ) as [Observable, Observable, Observable];
  meter.addBatchObservableCallback(
    (result) => {
      // Nothing was looked at yet: the histogram's minimum is then larger than its maximum.
      if (lag.count === 0) return;
      result.observe(median, lagSeconds(lag.percentile(50)));
      result.observe(high, lagSeconds(lag.percentile(99)));
      result.observe(max, lagSeconds(lag.max));
      lag.reset();
    },
    [median, high, max],
  );
}

function lagSeconds(nanos: number): number {
  return Math.max(0, nanos / NANOS_PER_SECOND - RESOLUTION_MILLIS / 1_000);
}

function instrument(meter: Meter, metric: MetricDefinition): Observable {
  const options = optionsOf(metric);
  return metric.kind === 'counter'
    ? meter.createObservableCounter(metric.name, options)
    : meter.createObservableGauge(metric.name, options);
}

function processorSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / MICROS_PER_SECOND;
}

/** Undefined where the system does not tell: outside of Linux. */
function openDescriptors(): number | undefined {
  try {
    return readdirSync('/proc/self/fd').length;
  } catch {
    return undefined;
  }
}
