import { type Kysely, PostgresAdapter, sql } from 'kysely';
import { leavePooler } from './direct-capable-driver.ts';

type LockOptions = Parameters<PostgresAdapter['acquireMigrationLock']>[1];
// biome-ignore lint/suspicious/noExplicitAny: Kysely's own signature
type AnyKysely = Kysely<any>;

/** Kysely's own, so that migrators of all versions, with and without this library, wait for each other. */
const lockId = 3853314791062309107n;

/**
 * Kysely's adapter, whose migration lock holds: past the pooler, because a pooler in transaction mode leaves a session's lock behind with a
 * server connection; and inside a transaction for as long as that, because after a failure there nothing can be unlocked any more.
 */
export class MigrationAdapter extends PostgresAdapter {
  readonly #locked = new WeakSet<AnyKysely>();

  override async acquireMigrationLock(db: AnyKysely, options: LockOptions): Promise<void> {
    await db.getExecutor().provideConnection((connection) => leavePooler(connection, db.isTransaction));
    if (db.isTransaction) {
      await sql`select pg_advisory_xact_lock(${sql.lit(lockId)})`.execute(db);
    } else {
      await super.acquireMigrationLock(db, options);
      this.#locked.add(db);
    }
  }

  override async releaseMigrationLock(db: AnyKysely, options: LockOptions): Promise<void> {
    if (this.#locked.delete(db)) await super.releaseMigrationLock(db, options);
  }
}
