import { createRequire } from 'node:module';
import { atDriverVersion } from '../../vitest.driver-version.ts';

const require = createRequire(import.meta.url);
const moduleOf = (name: string): string =>
  require.resolve(name).replace('/dist/cjs/', '/dist/esm/').replace('.cjs', '.js');

export default atDriverVersion(import.meta.url, {
  name: 'oldest',
  copies: { kysely: 'kysely-oldest', 'kysely-postgres-js': 'kysely-postgres-js-oldest' },
  modules: {
    'kysely(/migration)?': moduleOf('kysely-oldest'),
    'kysely-postgres-js': moduleOf('kysely-postgres-js-oldest'),
  },
  inline: [/kysely/],
  exclude: ['test/readme.test.ts'],
});
