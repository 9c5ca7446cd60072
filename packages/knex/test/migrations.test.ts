import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Stand, startStand } from '@azure-pg/contract';
import { Pool } from '@azure-pg/pg';
import knex, { type Knex } from 'knex';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { AzureKnexClient } from '../src/index.ts';
import { takesPools } from './knex-version.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand();
  await stand.adversarial.query('grant create on schema public to app');
});
afterAll(() => stand.stop());

const opened: Knex[] = [];
const open = (config: Knex.Config): Knex => {
  const db = knex({ client: AzureKnexClient, pool: { min: 0, max: 2 }, log: { warn() {} }, ...config });
  opened.push(db);
  return db;
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map((db) => db.destroy()));
  await stand.adversarial.query(
    'drop table if exists knex_seen, knex_migrations, knex_migrations_lock, knex_note',
  );
});

/** The pooler reaches its server over a Unix-domain socket, which has no address. */
const seen = 'create table knex_seen as select inet_client_addr() is null as pooled';
const inSession = async (db: Knex): Promise<void> => {
  // What is set for the session is still so in the next statement, and is nobody else's afterwards.
  await db.raw(`set application_name = 'migrating'`);
  await db.raw(`${seen}, current_setting('application_name') as name`);
};
/** Its types do not know the config of a single one. */
type Migration = Knex.Migration & { config?: { transaction: boolean } };
const sourceOf = (migrations: Record<string, Migration>): Knex.MigrationSource<string> => ({
  getMigrations: async () => Object.keys(migrations),
  getMigrationName: (name) => name,
  getMigration: async (name) => migrations[name] as Migration,
});
const down = async (db: Knex): Promise<void> => void (await db.schema.dropTable('knex_seen'));
const rows = () => stand.adversarial.query('select * from knex_seen');
const isPooled = async (db: Knex) =>
  (await db.raw('select inet_client_addr() is null as pooled')).rows[0].pooled;
const url = () => stand.passwordUrl('adversarial');

test.each<[string, () => Knex.Config]>([
  ['a URL', () => ({ connection: url() })],
  ['options', () => ({ connection: { connectionString: url() } })],
  ['a function', () => ({ connection: async () => ({ connectionString: url() }) })],
])('migrations go past the pooler, in transactions and without, and back: %s', async (_, config) => {
  const db = open(config());
  for (const transaction of [false, true]) {
    const migrationSource = sourceOf({ first: { up: inSession, down, config: { transaction } } });
    expect(await db.migrate.latest({ migrationSource })).toEqual([1, ['first']]);
    expect(await rows()).toEqual([{ pooled: false, name: 'migrating' }]);
    expect(await db.migrate.currentVersion({ migrationSource })).toBe('first');
    expect(await isPooled(db)).toBe(true);
    expect(await db.migrate.rollback({ migrationSource })).toEqual([1, ['first']]);
    expect(await db.migrate.up({ migrationSource })).toEqual([1, ['first']]);
    expect(await db.migrate.down({ migrationSource })).toEqual([1, ['first']]);
  }
  // Nothing is left of the connections that were opened.
  expect(db.client.pool.numUsed()).toBe(0);
  await expect
    .poll(() =>
      stand.adversarial.query(`select 1 from pg_stat_activity where application_name = 'migrating'`),
    )
    .toEqual([]);
});

test.runIf(takesPools)('a program’s own pool is left, too', async () => {
  const pool = new Pool(url());
  const db = open({ connectionPool: pool, pool: {} } as Knex.Config);
  await db.migrate.latest({ migrationSource: sourceOf({ first: { up: inSession, down } }) });
  expect(await rows()).toEqual([{ pooled: false, name: 'migrating' }]);
  await db.destroy();
  expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  await pool.end();
});

test('of several runs at once one migrates, and the others say that it is locked', async () => {
  const migrationSource = sourceOf({
    first: {
      async up(db) {
        await db.raw('select pg_sleep(0.3)');
        await inSession(db);
      },
      down,
      config: { transaction: false },
    },
  });
  await open({ connection: url() }).migrate.latest({ migrationSource: sourceOf({}) });
  const ends = await Promise.allSettled(
    [1, 2, 3].map(() => open({ connection: url() }).migrate.latest({ migrationSource })),
  );
  expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const end of ends) if (end.status === 'rejected') expect(end.reason.name).toBe('MigrationLocked');
  expect(await rows()).toHaveLength(1);
});

test('one that fails is rolled back, its error comes out, and the lock is free', async () => {
  const db = open({ connection: url() });
  const failing = sourceOf({
    first: {
      async up(trx) {
        await inSession(trx);
        await trx.raw('select 1 / 0');
      },
      down,
    },
  });
  await expect(db.migrate.latest({ migrationSource: failing })).rejects.toMatchObject({ code: '22012' });
  const migrationSource = sourceOf({ first: { up: inSession, down } });
  expect(await db.migrate.latest({ migrationSource })).toEqual([1, ['first']]);
});

test('one that fails while another query of it runs waits for that', async () => {
  const db = open({ connection: url() });
  const migrationSource = sourceOf({
    first: {
      up: (own) => Promise.all([own.raw('select 1 / 0'), own.raw('select pg_sleep(0.5)')]).then(() => {}),
      down,
      config: { transaction: false },
    },
  });
  await expect(db.migrate.latest({ migrationSource })).rejects.toMatchObject({ code: '22012' });
  expect(await isPooled(db)).toBe(true);
});

test('where only the pooler is known it is said, and nothing is done', async () => {
  const only = new URL(url());
  only.searchParams.delete('direct_port');
  const db = open({ connection: only.href });
  const migrationSource = sourceOf({ first: { up: inSession, down } });
  await expect(db.migrate.latest({ migrationSource })).rejects.toMatchObject({ code: 'POOLER_UNSUPPORTED' });
  expect(await isPooled(db)).toBe(true);
});

test('in a transaction of the program’s own they stay in it', async () => {
  const db = open({ connection: url() });
  await db.transaction(async (trx) => {
    await trx.migrate.latest({ migrationSource: sourceOf({ first: { up: (own) => own.raw(seen), down } }) });
  });
  expect(await rows()).toEqual([{ pooled: true }]);
});

test('two copies of this package lead each other’s clients', async () => {
  open({ connection: url() });
  vi.resetModules();
  const other = await import('../src/index.ts');
  expect(other.AzureKnexClient).not.toBe(AzureKnexClient);
  const db = open({ client: other.AzureKnexClient, connection: url() });
  await db.migrate.latest({ migrationSource: sourceOf({ first: { up: inSession, down } }) });
  expect(await rows()).toEqual([{ pooled: false, name: 'migrating' }]);
});

test('npx knex migrate:latest', async () => {
  const folder = await mkdtemp(fileURLToPath(new URL('./knexfile-', import.meta.url)));
  try {
    await writeFile(
      join(folder, 'knexfile.mjs'),
      `import { AzureKnexClient, azureConnection } from '@azure-pg/knex';
      export default { client: AzureKnexClient, connection: azureConnection(process.env.DATABASE_URL) };`,
    );
    const program = createRequire(import.meta.url).resolve('knex/bin/cli.js');
    const cli = (...words: string[]) =>
      promisify(execFile)(
        process.execPath,
        ['--conditions=@azure-pg/source', program, '--knexfile', 'knexfile.mjs', ...words],
        { cwd: folder, env: { ...process.env, DATABASE_URL: url() } },
      );
    await mkdir(join(folder, 'migrations'));
    await writeFile(
      join(folder, 'migrations', '20260101000000_first.js'),
      `export const up = (db) => db.raw("${seen}");
      export const down = (db) => db.schema.dropTable('knex_seen');`,
    );
    const { stdout } = await cli('migrate:latest');
    expect(stdout).toContain('Batch 1 run: 1 migrations');
    expect(await rows()).toEqual([{ pooled: false }]);
    expect((await cli('migrate:rollback')).stdout).toContain('Batch 1 rolled back: 1 migrations');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
