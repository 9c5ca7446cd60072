import { createRequire } from 'node:module';
import { atDriverVersion } from '../../vitest.driver-version.ts';

const oldest = createRequire(import.meta.url).resolve('postgres-oldest');

export default atDriverVersion(import.meta.url, {
  name: 'oldest',
  copies: { postgres: 'postgres-oldest' },
  modules: { postgres: oldest.replace('/cjs/src/', '/src/') },
  // Before 3.4.6 the driver ends the process when a connection breaks for which somebody waits in `sql.reserve()`.
  exclude: ['test/answer-reserve.test.ts'],
});
