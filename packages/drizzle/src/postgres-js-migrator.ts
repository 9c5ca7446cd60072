/**
 * `import { migrate } from '@azure-pg/drizzle/postgres-js/migrator'` instead of `from 'drizzle-orm/postgres-js/migrator'`.
 *
 * @packageDocumentation
 */
import { migrate as bare } from 'drizzle-orm/postgres-js/migrator';
import { migrateAlone } from './past-pooler.ts';

/**
 * drizzle-orm's `migrate`, on the server itself: where `db` goes through a pooler, it connects past it for as long as the migrations run. Of several
 * at once, in any number of processes, one runs and the others wait for it.
 */
export const migrate: typeof bare = (db, config) =>
  migrateAlone(db, (direct) => bare(direct as never, config));
