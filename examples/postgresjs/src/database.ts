import postgres from '@azure-pg/postgresjs';
import { directInstance } from '@azure-pg/postgresjs/direct';

export const sql: postgres.Sql = postgres(process.env.DATABASE_URL ?? '');

const migrations = [
  `create table account (
    id integer primary key generated always as identity,
    owner text not null unique,
    cents integer not null constraint account_not_overdrawn check (cents >= 0)
  )`,
];

/** Brings the schema up to date: on the server itself, also where DATABASE_URL names the pooler, because the lock is a session's. */
export async function migrateDatabase(): Promise<void> {
  const direct = directInstance(sql, { max: 1, onnotice: () => {} });
  try {
    await direct`select pg_advisory_lock(1)`;
    await direct`create table if not exists migration (number integer primary key)`;
    const [{ done = 0 } = {}] = await direct<{ done: number }[]>`select count(*)::int as done from migration`;
    for (const [index, migration] of migrations.slice(done).entries()) {
      await direct.begin(async (transaction) => {
        await transaction.unsafe(migration);
        await transaction`insert into migration values (${done + index})`;
      });
    }
  } finally {
    await direct.end();
  }
}
