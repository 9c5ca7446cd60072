/**
 * Prisma for Azure Database for PostgreSQL: `new PrismaAzurePg(url)` instead of `new PrismaPg({ connectionString: url })`.
 *
 * @packageDocumentation
 */
import { AzurePgError } from '@azure-pg/core';
import { refuseMisplaced } from '@azure-pg/core/adapter';
import { directConfig, Pool, type PoolConfig, poolConfig, repairPool } from '@azure-pg/pg';
import { CommitClient } from '@azure-pg/pg/adapter';
import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { prismaCommand } from './prisma-cli.ts';
import { readPrismaParameters } from './prisma-url.ts';
import { readableErrors } from './readable-errors.ts';
import { readsCatalogs } from './reads-catalogs.ts';
import { releaseAfterCommit } from './release-after-commit.ts';

export { type PrismaTransactionOptions, runTransaction, type TransactionOptions } from './run-transaction.ts';

/** PrismaPg's own options: `schema`, `disposeExternalPool`, `onPoolError`, `statementNameGenerator`, … */
export type PrismaAzurePgOptions = NonNullable<ConstructorParameters<typeof PrismaPg>[1]>;

/**
 * Prisma's driver adapter for PostgreSQL over `@azure-pg/pg`: passwordless, verified, and safe behind PgBouncer. Names that
 * `statementNameGenerator` gives are used only where the pooler keeps statements. Prisma's command line (`adapter` in the prisma.config.ts
 * of Prisma 6) and shadow databases go to the server itself, also where the settings name the pooler.
 *
 * @example
 * const prisma = new PrismaClient({ adapter: new PrismaAzurePg(process.env.DATABASE_URL) });
 */
export class PrismaAzurePg extends PrismaPg {
  readonly #settings: () => pg.PoolConfig;
  readonly #migrates: boolean;

  /**
   * @param input a connection string, pg's pool options with ours, a Pool, or nothing: the environment says everything.
   * A URL may hold Prisma's `schema`, `connection_limit`, `pool_timeout`, `socket_timeout` and lifetimes.
   * @param options PrismaPg's own; they win over the URL.
   * @throws AzurePgError as `new Pool()` of `@azure-pg/pg` does, and `INVALID_SETTING` for a pool that `@prisma/adapter-pg` would not use, and
   * for options of a pool among PrismaPg's.
   */
  constructor(input?: string | PoolConfig | pg.Pool, options: PrismaAzurePgOptions = {}) {
    refuseMisplaced(options, ownOptions, 'new PrismaAzurePg({ connectionString, … })');
    const { target, schema } = isPool(input) ? { target: input, schema: undefined } : configOf(input);
    const settings = (): pg.PoolConfig => (isPool(target) ? target.options : target);
    const migrates = prismaCommand() !== undefined;
    super(
      // Prisma's command line does not dispose the adapter; it would end only when the last idle connection does.
      migrates ? Object.assign(directConfig(settings()), { allowExitOnIdle: true }) : target,
      schema === undefined ? options : { schema, ...options },
    );
    if (isPool(target) && !migrates) assertUsed(this);
    // The adapter's own field, which would be printed with it.
    Object.defineProperty(this, 'config', { enumerable: false });
    this.#settings = settings;
    this.#migrates = migrates;
  }

  /** Called by Prisma's client and its command line, for a connection to the database. */
  override async connect(): ReturnType<PrismaPg['connect']> {
    const adapter = releaseAfterCommit(readableErrors(await super.connect()));
    repairPool(adapter.underlyingDriver());
    return this.#migrates ? readsCatalogs(adapter) : adapter;
  }

  /**
   * The shadow database is made, used and dropped on the server itself: a pooler would keep sessions in it, and it could not be dropped. The
   * role needs CREATEDB. Disposing the adapter drops the database and closes every connection.
   */
  override async connectToShadowDb(): ReturnType<PrismaPg['connectToShadowDb']> {
    const direct = directConfig(this.#settings());
    const owner = new Pool({ ...direct, max: 1 });
    const database = `prisma_migrate_shadow_db_${crypto.randomUUID()}`;
    try {
      await owner.query(`CREATE DATABASE "${database}"`);
      const adapter = await new PrismaPg({ ...direct, password: direct.password, database }).connect();
      const dispose = adapter.dispose.bind(adapter);
      adapter.dispose = async () => {
        try {
          await dispose();
          await owner.query(`DROP DATABASE IF EXISTS "${database}" WITH (FORCE)`);
        } finally {
          await owner.end();
        }
      };
      return readsCatalogs(adapter);
    } catch (error) {
      await owner.end();
      throw error;
    }
  }
}

const ownOptions: ReadonlySet<string> = new Set(
  'disposeExternalPool onConnectionError onPoolError schema statementNameGenerator userDefinedTypeParser'.split(
    ' ',
  ),
);

function configOf(input: string | PoolConfig | undefined): {
  target: pg.PoolConfig;
  schema: string | undefined;
} {
  const options: PoolConfig =
    typeof input === 'string' ? { connectionString: input } : { ...input, password: input?.password };
  const { given, schema, pool } = readPrismaParameters(options);
  // Prisma takes whatever the server says to its COMMIT for a commit.
  return { target: poolConfig({ Client: CommitClient, ...pool, ...given }), schema };
}

const isPool = (value: unknown): value is pg.Pool =>
  typeof value === 'object' && value !== null && 'connect' in value && 'options' in value;

/** PrismaPg silently takes the pool of another copy of pg for a config without a host. */
function assertUsed(adapter: object): void {
  if ((adapter as { externalPool?: unknown }).externalPool !== null) return;
  throw new AzurePgError(
    'INVALID_SETTING',
    'The pool belongs to another copy of pg than the one @prisma/adapter-pg uses',
    {
      hint: 'Keep one version of pg in the program ("npm ls pg"), or give PrismaAzurePg the connection string instead of a pool.',
    },
  );
}
