// npm: --force @opentelemetry/api @opentelemetry/sdk-trace-base @opentelemetry/instrumentation @opentelemetry/instrumentation-pg pg
// Spans of queries that pg makes in programs that import it and that require it; each once.
import { createRequire, register } from 'node:module';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';

register('@opentelemetry/instrumentation/hook.mjs', import.meta.url);
const exporter = new InMemorySpanExporter();
const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
registerInstrumentations({
  tracerProvider,
  instrumentations: [new PgInstrumentation({ requireParentSpan: false })],
});

const { default: imported } = await import('pg');
const required = createRequire(import.meta.url)('pg');
let rows;
for (const pg of [imported, required]) {
  const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL });
  exporter.reset();
  ({ rows } = await pool.query("select 'deux' as text, current_user as who"));
  await pool.end();
  const spans = exporter.getFinishedSpans();
  const queries = spans.filter(({ attributes }) =>
    Object.values(attributes).some((each) => String(each).includes("'deux'")),
  );
  const hosts = queries.map(({ attributes }) => attributes['net.peer.name'] ?? attributes['server.address']);
  if (queries.length !== 1 || !hosts[0].endsWith('.azure.com'))
    throw new Error(`${spans.map(({ name }) => name)} at ${hosts}`);
}
console.log(JSON.stringify([{ text: rows[0].text }]), rows[0].who);
