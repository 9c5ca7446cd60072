import { atDriverVersion } from '../../vitest.driver-version.ts';

export default atDriverVersion(import.meta.url, {
  name: 'oldest',
  copies: { '@opentelemetry/api': 'opentelemetry-api-oldest' },
  // Programs that are processes of their own, and the instrumentation of pg, find the API by themselves.
  exclude: ['test/readme.test.ts', 'test/instrumentation-pg.test.ts'],
});
