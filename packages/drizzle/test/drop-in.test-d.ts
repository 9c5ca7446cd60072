// A program written for drizzle-orm, with one import changed. It is compiled, not run.
import type { TokenCredential } from '@azure/identity';
import { drizzle, type NodePgDatabase, type NodePgQueryResultHKT } from '@azure-pg/drizzle';
import { azureCredentials } from '@azure-pg/drizzle/kit';
import { migrate as ownMigrate } from '@azure-pg/drizzle/migrator';
import { drizzle as drizzlePostgresJs, type PostgresJsDatabase } from '@azure-pg/drizzle/postgres-js';
import { migrate as ownMigratePostgresJs } from '@azure-pg/drizzle/postgres-js/migrator';
import { Pool } from '@azure-pg/pg';
import { defineConfig } from 'drizzle-kit';
import { type ExtractTablesWithRelations, eq } from 'drizzle-orm';
import type { Cache } from 'drizzle-orm/cache/core';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import type { PgTransaction } from 'drizzle-orm/pg-core';
import { migrate as migratePostgresJs } from 'drizzle-orm/postgres-js/migrator';
import pg from 'pg';
import driver from 'postgres';
import * as schema from './schema.ts';

declare const credential: TokenCredential;
declare const cache: Cache;
const url = 'postgres://x.postgres.database.azure.com/app';

export async function nodePostgres(): Promise<void> {
  const db = drizzle(url, { schema, logger: true, casing: 'snake_case' });
  const rows: { id: number; email: string }[] = await db
    .select({ id: schema.person.id, email: schema.person.email })
    .from(schema.person)
    .where(eq(schema.person.id, 1));
  const found = await db.query.person.findFirst({ with: { notes: true } });
  const text: string | undefined = found?.notes[0]?.text;
  const pool: pg.Pool = db.$client;
  const plain: NodePgDatabase<typeof schema> = db;
  await db.transaction(
    async (tx) => {
      const inner: PgTransaction<
        NodePgQueryResultHKT,
        typeof schema,
        ExtractTablesWithRelations<typeof schema>
      > = tx;
      await inner.delete(schema.note);
      tx.rollback();
    },
    { isolationLevel: 'serializable', accessMode: 'read write' },
  );
  await migrate(db, { migrationsFolder: 'drizzle' });
  const migrated: ReturnType<typeof migrate> = ownMigrate(db, { migrationsFolder: 'drizzle' });
  const own: pg.Client = drizzle({ client: new pg.Client(), schema }).$client;
  const explicit: NodePgDatabase<typeof schema> & { $client: pg.Pool } = drizzle<typeof schema, pg.Pool>(
    new pg.Pool(),
    { schema, cache },
  );
  const empty: NodePgDatabase = drizzle(url);
  void [
    migrated,
    explicit,
    empty,
    drizzle.mock({ schema }).query.person,
    rows,
    text,
    plain,
    own,
    pool,
    drizzle(),
    drizzle(new pg.Pool()),
    drizzle(new Pool(), { schema }),
    drizzle.mock(),
  ];
  void drizzle({
    connection: { connectionString: url, credential, max: 5, poolMode: 'transaction' },
    schema,
  });
  // @ts-expect-error an unknown option
  void drizzle({ connection: { connectionString: url, poolMod: 'transaction' } });
  // @ts-expect-error an option of Drizzle 1.0
  void drizzle(url, { jit: true });
  // @ts-expect-error no schema, no queries
  void empty.query.person;
  // @ts-expect-error no table of that name
  void db.query.nobody;
}

export async function postgresJs(): Promise<void> {
  const db = drizzlePostgresJs({ connection: { url, credential, max: 5, prepare: false }, schema });
  const plain: PostgresJsDatabase<typeof schema> = db;
  const sql: driver.Sql = db.$client;
  await migratePostgresJs(db, { migrationsFolder: 'drizzle' });
  await ownMigratePostgresJs(db, { migrationsFolder: 'drizzle' });
  void [
    plain,
    sql,
    drizzlePostgresJs(url, { schema }),
    drizzlePostgresJs(),
    drizzlePostgresJs(driver()),
    drizzlePostgresJs.mock(),
  ];
  void drizzlePostgresJs({ client: driver(), schema });
  // @ts-expect-error an unknown option
  void drizzlePostgresJs({ connection: { url, poolMod: 'transaction' } });
}

export const config = defineConfig({
  dialect: 'postgresql',
  schema: './schema.ts',
  dbCredentials: azureCredentials(process.env.DATABASE_URL),
});
