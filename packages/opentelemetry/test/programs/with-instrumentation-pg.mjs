// Both instrumentations over our pool; prints what they recorded.
import { context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const exporter = new InMemorySpanExporter();
const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
const tracerProvider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
const meterProvider = new MeterProvider({
  readers: [new PeriodicExportingMetricReader({ exporter: metricExporter })],
});
const { AzurePgInstrumentation } = await import('@azure-pg/opentelemetry');
registerInstrumentations({
  tracerProvider,
  meterProvider,
  instrumentations: [new PgInstrumentation({ requireParentSpan: false }), new AzurePgInstrumentation()],
});

const { Pool } = await import('@azure-pg/pg');
const url = new URL(process.env.DATABASE_URL);
const settings = Object.fromEntries(url.searchParams);
const [host, port, database] = [url.hostname, Number(url.port), url.pathname.slice(1)];
for (const options of [{ connectionString: url.href }, { host, port, database, ...settings }]) {
  const pool = new Pool(options);
  await pool.query('SELECT 1');
  await meterProvider.forceFlush();
  await pool.end();
}

const spans = exporter.getFinishedSpans();
const nameOf = (id) => spans.find((span) => span.spanContext().spanId === id)?.name;
const last = metricExporter.getMetrics().at(-1)?.scopeMetrics ?? [];
console.log(
  JSON.stringify({
    spans: spans.map(({ name, attributes, parentSpanContext }) => ({
      name,
      attributes,
      parent: nameOf(parentSpanContext?.spanId),
    })),
    metrics: last
      .flatMap(({ metrics }) => metrics)
      .flatMap(({ descriptor: { name }, dataPoints }) =>
        dataPoints.map(({ attributes, value }) => ({ name, attributes, value })),
      ),
  }),
);
await meterProvider.shutdown();
