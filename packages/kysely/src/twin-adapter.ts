import { type AzureConnection, AzurePgError, rememberedPooling, warnOnce } from '@azure-pg/core';
import { type Kysely, PostgresAdapter, sql } from 'kysely';
import { Twin } from './twin-connection.ts';

type LockOptions = Parameters<PostgresAdapter['acquireMigrationLock']>[1];
// biome-ignore lint/suspicious/noExplicitAny: Kysely's own signature
type AnyKysely = Kysely<any>;

/** Kysely's own, so that migrators of all versions, with and without this library, wait for each other. */
const lockId = 3853314791062309107n;

/**
 * Kysely's adapter, whose migration lock holds: past the pooler, because a pooler in transaction mode leaves a session's lock behind with a
 * server connection; and inside a transaction for as long as that, because after a failure there nothing can be unlocked any more.
 */
export class TwinAdapter extends PostgresAdapter {
  readonly #locked = new WeakSet<AnyKysely>();

  override async acquireMigrationLock(db: AnyKysely, options: LockOptions): Promise<void> {
    await db.getExecutor().provideConnection(async (connection) => {
      await Twin.of(connection)?.move();
    });
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

/**
 * Whether migrations must go past the pooler.
 *
 * @throws AzurePgError `POOLER_UNSUPPORTED` where they must and the way is not known.
 */
export function mustLeavePooler(connection: AzureConnection): boolean {
  const { poolMode } = rememberedPooling(connection) ?? connection.pooling;
  if (poolMode === 'none') return false;
  if (connection.direct() !== connection) return true;
  if (poolMode === 'session') return false;
  throw new AzurePgError(
    'POOLER_UNSUPPORTED',
    'Migrations are locked by a session, which needs the server itself, and only its pooler is known',
    { hint: 'Set direct_port to the port that PostgreSQL listens on, beside the pooler.' },
  );
}

/** What others have made works as it does with Kysely's own dialect. */
export function warnOfForeign(what: string, maker: string): void {
  warnOnce(
    undefined,
    `not of ${maker}`,
    `${what} that ${maker} did not make was given to AzurePostgresDialect: how it connects is its own affair`,
  );
}
