import { createRequire } from 'node:module';
import { endOf } from '../../vitest.end.ts';

export default endOf(import.meta.url, {
  name: 'oldest',
  copies: { pg: 'pg-oldest' },
  modules: { pg: createRequire(import.meta.url).resolve('pg-oldest') },
});
