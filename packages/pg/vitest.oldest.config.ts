import { createRequire } from 'node:module';
import { atDriverVersion } from '../../vitest.driver-version.ts';

export default atDriverVersion(import.meta.url, {
  name: 'oldest',
  copies: { pg: 'pg-oldest' },
  modules: { pg: createRequire(import.meta.url).resolve('pg-oldest') },
});
