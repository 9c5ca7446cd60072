import { atDriverVersion } from '../../vitest.driver-version.ts';

export default atDriverVersion(import.meta.url, {
  name: 'oldest',
  copies: {
    '@mikro-orm/core': '@mikro-orm/core-oldest',
    '@mikro-orm/migrations': '@mikro-orm/migrations-oldest',
    '@mikro-orm/postgresql': '@mikro-orm/postgresql-oldest',
  },
  // They import each other by their own names.
  inline: [/@mikro-orm\//],
  exclude: ['test/readme.test.ts'],
});
