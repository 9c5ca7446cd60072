/**
 * OpenTelemetry for what happens below a driver: connects, Entra tokens, retries, changes of the server.
 *
 * @module
 */
export { AzurePgInstrumentation, type AzurePgInstrumentationConfig } from './instrumentation.ts';
