/**
 * `import { migrate } from '@azure-pg/drizzle/postgres-js/migrator'` instead of `from 'drizzle-orm/postgres-js/migrator'`.
 *
 * @packageDocumentation
 */
import { migrate as bare } from 'drizzle-orm/postgres-js/migrator';
import { pastPooler } from './past-pooler.ts';

/** drizzle-orm's `migrate`, on the server itself: where `db` goes through a pooler, it connects past it for as long as the migrations run. */
export const migrate: typeof bare = (db, config) => pastPooler(db, (direct) => bare(direct as never, config));
