import { createRequire } from 'node:module';
import { atDriverVersion } from '../../vitest.driver-version.ts';

const { resolve } = createRequire(import.meta.url);

export default atDriverVersion(import.meta.url, {
  name: 'next',
  copies: { kysely: 'kysely-next' },
  // kysely-postgres-js too is to meet it.
  modules: { 'kysely(?=$|/migration$)': resolve('kysely-next').replace('/index.js', '') },
  inline: [/kysely/],
  exclude: ['test/readme.test.ts', 'test/oldest.test.ts'],
});
