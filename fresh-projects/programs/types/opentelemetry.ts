import { AzurePgInstrumentation, type AzurePgInstrumentationConfig } from '@azure-pg/opentelemetry';
import { metrics, trace } from '@opentelemetry/api';

const config: AzurePgInstrumentationConfig = { enabled: false };
const instrumentation = new AzurePgInstrumentation(config);
instrumentation.setTracerProvider(trace.getTracerProvider());
instrumentation.setMeterProvider(metrics.getMeterProvider());
const name: string = instrumentation.instrumentationName;
console.log(name, instrumentation.getConfig().enabled);
