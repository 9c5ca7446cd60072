import { Pool, withDirect } from '@azure-pg/pg';

export const pool: Pool = new Pool(process.env.DATABASE_URL);
pool.on('error', (error) => console.error('a connection broke while it was idle:', error.message));

const migrations = [
  `create table account (
    id integer primary key generated always as identity,
    owner text not null unique,
    cents integer not null constraint account_not_overdrawn check (cents >= 0)
  )`,
];

/** Brings the schema up to date: on the server itself, also where DATABASE_URL names the pooler, because the lock is a session's. */
export async function migrateDatabase(): Promise<void> {
  await withDirect(pool, async (client) => {
    await client.query('select pg_advisory_lock(1)');
    await client.query('create table if not exists migration (number integer primary key)');
    const { rows } = await client.query<{ done: number }>('select count(*)::int as done from migration');
    const done = rows[0]?.done ?? 0;
    for (const [index, migration] of migrations.slice(done).entries()) {
      await client.query('begin');
      await client.query(migration);
      await client.query('insert into migration values ($1)', [done + index]);
      await client.query('commit');
    }
  });
}
