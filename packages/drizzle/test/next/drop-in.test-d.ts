// A program written for drizzle-orm 1.0, with one import changed. It is compiled, not run.
import type { TokenCredential } from '@azure/identity';
import { drizzle, type NodePgDatabase, type NodePgTransaction, nodePgCodecs } from '@azure-pg/drizzle';
import { migrate as ownMigrate } from '@azure-pg/drizzle/migrator';
import { drizzle as drizzlePostgresJs, type PostgresJsDatabase } from '@azure-pg/drizzle/postgres-js';
import { migrate as ownMigratePostgresJs } from '@azure-pg/drizzle/postgres-js/migrator';
import { Pool } from '@azure-pg/pg';
import { eq } from 'drizzle-orm';
import type { Cache } from 'drizzle-orm/cache/core';
import { migrate } from 'drizzle-orm/node-postgres/migrator';
import { migrate as migratePostgresJs } from 'drizzle-orm/postgres-js/migrator';
import pg from 'pg';
import driver from 'postgres';
import * as schema from '../tables.ts';
import { relations } from './relations.ts';

declare const credential: TokenCredential;
declare const cache: Cache;
const url = 'postgres://x.postgres.database.azure.com/app';

export async function nodePostgres(): Promise<void> {
  const db = drizzle(url, { relations, logger: true, cache, jit: true, codecs: nodePgCodecs });
  const rows: { id: number; email: string }[] = await db
    .select({ id: schema.person.id, email: schema.person.email })
    .from(schema.person)
    .where(eq(schema.person.id, 1));
  const found = await db.query.person.findFirst({ where: { id: 1 }, with: { notes: true } });
  const text: string | undefined = found?.notes[0]?.text;
  const pool: pg.Pool = db.$client;
  const plain: NodePgDatabase<typeof relations> = db;
  await db.transaction(
    async (tx) => {
      const inner: Pick<NodePgTransaction<typeof relations>, 'delete'> = tx;
      await inner.delete(schema.note);
      const again: string | undefined = (await tx.query.note.findFirst({ with: { writer: true } }))?.writer
        ?.email;
      void again;
      tx.rollback();
    },
    { isolationLevel: 'serializable', accessMode: 'read write' },
  );
  const migrated = await migrate(db, { migrationsFolder: 'drizzle' });
  const own: typeof migrated = await ownMigrate(db, { migrationsFolder: 'drizzle' });
  const client: pg.Client = drizzle({ client: new pg.Client(), relations }).$client;
  const explicit: NodePgDatabase<typeof relations> & { $client: pg.Pool } = drizzle<
    typeof relations,
    pg.Pool
  >({
    client: new pg.Pool(),
    relations,
  });
  const empty: NodePgDatabase = drizzle(url);
  void [
    rows,
    text,
    plain,
    own,
    pool,
    client,
    explicit,
    empty,
    drizzle(),
    drizzle(new pg.Pool()),
    drizzle(new Pool(), { relations }),
    drizzle.mock(),
    drizzle.mock({ relations }).query.person,
  ];
  const ours = drizzle({
    connection: { connectionString: url, credential, max: 5, poolMode: 'transaction' },
    relations,
  });
  void ours.query.note.findMany({ with: { writer: { columns: { email: true } } } });
  // @ts-expect-error an unknown option
  void drizzle({ connection: { connectionString: url, poolMod: 'transaction' } });
  // @ts-expect-error an option of Drizzle before 1.0
  void drizzle(url, { casing: 'snake_case' });
  // @ts-expect-error an option of Drizzle before 1.0
  void drizzle(url, { schema });
  // @ts-expect-error no table of that name
  void db.query.nobody;
  // @ts-expect-error no relations, no queries
  void empty.query.person;
}

export async function postgresJs(): Promise<void> {
  const db = drizzlePostgresJs({
    connection: { url, credential, max: 5, prepare: false },
    relations,
    jit: true,
  });
  const plain: PostgresJsDatabase<typeof relations> = db;
  const sql: driver.Sql = db.$client;
  const text: string | undefined = (await db.query.person.findFirst({ with: { notes: true } }))?.notes[0]
    ?.text;
  const migrated = await migratePostgresJs(db, { migrationsFolder: 'drizzle' });
  const own: typeof migrated = await ownMigratePostgresJs(db, { migrationsFolder: 'drizzle' });
  void [
    plain,
    sql,
    text,
    own,
    drizzlePostgresJs(url, { relations, cache }).query.note,
    drizzlePostgresJs(),
    drizzlePostgresJs(driver()),
    drizzlePostgresJs.mock(),
  ];
  void drizzlePostgresJs({ client: driver(), relations });
  // @ts-expect-error an unknown option
  void drizzlePostgresJs({ connection: { url, poolMod: 'transaction' } });
}
