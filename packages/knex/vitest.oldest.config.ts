import { atDriverVersion } from '../../vitest.driver-version.ts';

export default atDriverVersion(import.meta.url, {
  name: 'oldest',
  copies: { knex: 'knex-oldest' },
  // Its types are of the newest, and so are the programs of the README, which find it by themselves.
  exclude: ['test/readme.test.ts'],
});
