import { sessionConnection } from '@azure-pg/core';
import { directPool, ownConnection } from '@azure-pg/pg';
import type pg from 'pg';
import { type DataSource, MigrationExecutor, type QueryRunner, type ReplicationMode } from 'typeorm';

/** What of TypeORM's driver for PostgreSQL is used here. */
interface Driver {
  /** The pool. */
  readonly master?: pg.Pool;
  createQueryRunner(mode: ReplicationMode): QueryRunner;
}

/** What of an executor of migrations is used here; its types keep it to itself. */
interface Executor {
  readonly dataSource?: DataSource;
  /** Its name before TypeORM 1. */
  readonly connection?: DataSource;
  /** Given by whoever made the executor, and else made and released by it. */
  queryRunner?: QueryRunner | undefined;
}
type Migrate = (this: Executor, ...values: unknown[]) => Promise<unknown>;

/** What migrates; the rest only reads. */
const names = ['executePendingMigrations', 'executeMigration', 'undoLastMigration'] as const;

const led: unique symbol = Symbol.for('@azure-pg/typeorm.led');

/**
 * Lets TypeORM's migrations run past the pooler where the pool is ours: migrations use what a pooler in transaction mode loses, as SET, advisory locks, temporary
 * tables. An executor is what `runMigrations()`, `migrationsRun` and the command line have in common.
 */
export function leadMigrationsPastPooler(): void {
  const prototype = MigrationExecutor.prototype as unknown as Record<string, Migrate> & { [led]?: true };
  if (prototype[led]) return;
  Object.defineProperty(prototype, led, { value: true });
  for (const name of names) {
    const migrate = prototype[name] as Migrate;
    prototype[name] = function (...values) {
      return pastPooler(this, () => migrate.apply(this, values));
    };
  }
}

async function pastPooler(executor: Executor, work: () => Promise<unknown>): Promise<unknown> {
  const dataSource = (executor.dataSource ?? executor.connection) as DataSource;
  const driver = dataSource.driver as unknown as Driver;
  const connection = driver.master && ownConnection(driver.master);
  if (connection === undefined || executor.queryRunner !== undefined) return work();
  if (sessionConnection(connection, 'A migration') === connection) return work();
  const direct = directPool(driver.master as pg.Pool, { max: 1 });
  // The same driver, whose pool is another one: this is what a runner asks for its connection.
  const directDriver: Driver = Object.create(driver, { master: { value: direct } });
  const runner = directDriver.createQueryRunner('master');
  executor.queryRunner = Object.assign(runner, { manager: dataSource.createEntityManager(runner) });
  try {
    return await work();
  } finally {
    executor.queryRunner = undefined;
    await runner.release();
    await direct.end();
  }
}
