import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { Pool, withDirect } from '@azure-pg/pg';

/**
 * Applies what `prisma migrate deploy` would, and keeps its records, where Prisma's schema engine cannot be had. It is that engine's table and
 * checksum, so that the two can take turns.
 */
export async function migrateDatabase(): Promise<void> {
  const folder = new URL('../migrations/', import.meta.url);
  const entries = await readdir(folder, { withFileTypes: true });
  const pool = new Pool(process.env.DATABASE_URL);
  // On the server itself: the lock lasts for a session, which a pooler would share out.
  await withDirect(pool, async (client) => {
    await client.query('select pg_advisory_lock(72707369)');
    await client.query(table);
    for (const { name } of entries
      .filter((entry) => entry.isDirectory())
      .sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const { rowCount } = await client.query(applied, [name]);
      if (rowCount !== 0) continue;
      const sql = await readFile(new URL(`${name}/migration.sql`, folder), 'utf8');
      await client.query('begin');
      await client.query(sql);
      await client.query(record, [createHash('sha256').update(sql).digest('hex'), name]);
      await client.query('commit');
    }
  });
  await pool.end();
}

const table = `create table if not exists _prisma_migrations (
  id varchar(36) primary key, checksum varchar(64) not null, finished_at timestamptz, migration_name varchar(255) not null, logs text,
  rolled_back_at timestamptz, started_at timestamptz not null default now(), applied_steps_count integer not null default 0)`;
const applied =
  'select from _prisma_migrations where migration_name = $1 and finished_at is not null and rolled_back_at is null';
const record = `insert into _prisma_migrations (id, checksum, finished_at, migration_name, applied_steps_count)
  values (gen_random_uuid(), $1, now(), $2, 1)`;
