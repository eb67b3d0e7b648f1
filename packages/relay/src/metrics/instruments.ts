import type { Counter, Histogram, Meter, ObservableGauge } from '@opentelemetry/api';
import { type MetricDefinition, optionsOf, RELAY_METRICS } from './catalogue.ts';
import { TYPE_LABELS } from './labels.ts';

/** The instruments of `RELAY_METRICS`. */
export interface Instruments {
  readonly streams: ObservableGauge;
  readonly queue: ObservableGauge;
  readonly opened: Counter;
  readonly refused: Counter;
  readonly pushes: Counter;
  readonly sentBytes: Counter;
  readonly acks: Counter;
  readonly adopted: Counter;
  readonly rejections: Counter;
  readonly tooLarge: Counter;
  readonly unreadable: Counter;
  readonly publications: Counter;
  readonly ack: Histogram;
  readonly writeToAck: Histogram;
  readonly compile: Histogram;
}

/** Makes them. */
export function createInstruments(meter: Meter): Instruments {
  const counter = (metric: MetricDefinition): Counter => meter.createCounter(metric.name, optionsOf(metric));
  const histogram = (metric: MetricDefinition): Histogram => meter.createHistogram(metric.name, optionsOf(metric));
  const gauge = (metric: MetricDefinition): ObservableGauge => meter.createObservableGauge(metric.name, optionsOf(metric));
  return {
    streams: gauge(RELAY_METRICS.streams),
    queue: gauge(RELAY_METRICS.queue),
    opened: counter(RELAY_METRICS.opened),
    refused: counter(RELAY_METRICS.refused),
    pushes: counter(RELAY_METRICS.pushes),
    sentBytes: counter(RELAY_METRICS.sentBytes),
    acks: counter(RELAY_METRICS.acks),
    adopted: counter(RELAY_METRICS.adopted),
    rejections: counter(RELAY_METRICS.rejections),
    tooLarge: counter(RELAY_METRICS.tooLarge),
    unreadable: counter(RELAY_METRICS.unreadable),
    publications: counter(RELAY_METRICS.publications),
    ack: histogram(RELAY_METRICS.ack),
    writeToAck: histogram(RELAY_METRICS.writeToAck),
    compile: histogram(RELAY_METRICS.compile),
  };
}

/** Begins what is counted without a mesh: Prometheus' `increase` misses the first of a series that begins at 1. */
export function beginAtZero({ opened, refused, pushes, sentBytes, acks, adopted, tooLarge, publications }: Instruments): void {
  for (const outcome of ['published', 'unchanged', 'refused', 'failed']) publications.add(0, { outcome });
  for (const counter of [opened, refused]) for (const protocol of ['sotw', 'delta']) counter.add(0, { protocol });
  for (const counter of [pushes, sentBytes, acks, adopted]) for (const type of TYPE_LABELS) counter.add(0, type);
  for (const withheld of [false, true]) for (const type of TYPE_LABELS) tooLarge.add(0, { ...type, withheld });
}
