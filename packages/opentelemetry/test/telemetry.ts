import { createRequire } from 'node:module';
import type * as Api from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  type DataPoint,
  type Histogram,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import {
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  TracerProvider,
} from '@opentelemetry/sdk-trace';

/** The API as the SDK has it, and programs that set it up: also where what is tested has an older copy of it. */
export const ofSdk = createRequire(import.meta.url)('@opentelemetry/api') as typeof Api;

/** OpenTelemetry's own SDK, which keeps in memory what it would export. */
export class Telemetry {
  readonly #spans = new InMemorySpanExporter();
  readonly #metrics = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  readonly tracerProvider: TracerProvider = new TracerProvider({
    spanProcessors: [new SimpleSpanProcessor({ exporter: this.#spans })],
  });
  readonly meterProvider: MeterProvider = new MeterProvider({
    readers: [new PeriodicExportingMetricReader({ exporter: this.#metrics, exportIntervalMillis: 2 ** 30 })],
  });

  constructor() {
    ofSdk.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  }

  spans(name?: string): ReadableSpan[] {
    return this.#spans.getFinishedSpans().filter((span) => name === undefined || span.name === name);
  }

  /** All that was measured so far, by the name of the metric. */
  async points(name: string): Promise<DataPoint<number | Histogram>[]> {
    await this.meterProvider.forceFlush();
    const last = this.#metrics.getMetrics().at(-1);
    return (last?.scopeMetrics ?? [])
      .flatMap(({ metrics }) => metrics)
      .filter(({ descriptor }) => descriptor.name === name)
      .flatMap(({ dataPoints }) => dataPoints as DataPoint<number | Histogram>[]);
  }

  /** Everything, as text: what would leave the process. */
  async everything(): Promise<string> {
    await this.meterProvider.forceFlush();
    const spans = this.spans().map(({ name, attributes, status, events }) => ({
      name,
      attributes,
      status,
      events,
    }));
    return JSON.stringify([spans, this.#metrics.getMetrics().map(({ scopeMetrics }) => scopeMetrics)]);
  }

  async stop(): Promise<void> {
    ofSdk.context.disable();
    await this.tracerProvider.shutdown();
    await this.meterProvider.shutdown();
  }
}
