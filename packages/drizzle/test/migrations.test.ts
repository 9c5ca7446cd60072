import { cp, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rejection } from '@azure-pg/contract';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { Client } from '@azure-pg/pg';
import { sql } from 'drizzle-orm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { drizzle } from '../src/index.ts';
import { type DriverUnderTest, drivers } from './drivers.ts';
import { config, type Database, migrationsFolder, ownMigrateLeavesPooler } from './drizzle-version.ts';

const grants =
  'grant create on schema public to "local-app"; grant create on database postgres to "local-app"';

/** What the migrations did; see ./migrations. */
const applied = async (emulator: Emulator): Promise<unknown> => {
  const [row] = await emulator.query(`select
    (select count(*)::int from drizzle.__drizzle_migrations) as migrations,
    (select count(*)::int from migrated_by) as times,
    to_regclass('note') is not null as note`);
  return row;
};
const cleared = 'drop schema if exists drizzle cascade; drop table if exists note, person, migrated_by';
const all = { migrations: 3, times: 1, note: true };

/** Sessions that the role has on the server; while the pooler is away, those beside it. */
const sessions = (emulator: Emulator): Promise<unknown[]> =>
  emulator.query("select pid from pg_stat_activity where usename = 'local-app'");

/** A copy of the migrations whose last one fails at its end. */
async function failing(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'azure-pg-migrations-'));
  await cp(migrationsFolder, folder, { recursive: true });
  const last = (await readdir(folder)).find((name) => name.includes('_wait')) ?? '';
  const file = last.endsWith('.sql') ? last : join(last, 'migration.sql');
  await writeFile(join(folder, file), 'create table half (id int);\n--> statement-breakpoint\nselect 1 / 0;');
  return folder;
}

describe.each(drivers)('migrations over $name, through a pooler', (driver: DriverUnderTest) => {
  let emulator: Emulator;
  let db: Database;
  beforeAll(async () => {
    emulator = await startEmulator({ pooler: { adversarial: true } });
    Object.assign(process.env, emulator.env);
    await emulator.query(grants);
  });
  afterAll(() => emulator.stop());
  beforeEach(async () => {
    await emulator.query(cleared);
    db = driver.open(`${emulator.pooledUrl}&direct_port=${emulator.ports.direct}`);
  });
  afterEach(() => driver.end(db));

  it('run on the server itself, and once', async () => {
    // Nothing that goes through the pooler would arrive.
    await emulator.pgbouncer?.stop();
    await driver.migrate(db, { migrationsFolder });
    expect(await applied(emulator)).toEqual(all);
    await expect.poll(() => sessions(emulator)).toEqual([]);
    await emulator.pgbouncer?.start();
    await driver.migrate(db, { migrationsFolder });
    expect(await applied(emulator)).toEqual(all);
  });

  it('leave nothing behind in sessions that others get', async () => {
    await driver.migrate(db, { migrationsFolder });
    const timeouts = await Promise.all(
      Array.from({ length: 12 }, () => db.execute(sql`select current_setting('lock_timeout') as t`)),
    );
    expect(JSON.stringify(timeouts.map((result) => ('rows' in result ? result.rows : result)))).not.toContain(
      '12s',
    );
  });

  it('are all undone when one fails, and the error has its SQLSTATE', async () => {
    const folder = await failing();
    await emulator.pgbouncer?.stop();
    const error = await rejection(driver.migrate(db, { migrationsFolder: folder }));
    expect(error).toMatchObject({ cause: { code: '22012' } });
    expect(
      await emulator.query(
        "select to_regclass('half') as half, to_regclass('note') as note, (select count(*)::int from drizzle.__drizzle_migrations) as n",
      ),
    ).toEqual([{ half: null, note: null, n: 0 }]);
    await expect.poll(() => sessions(emulator)).toEqual([]);
    await emulator.pgbouncer?.start();
    await driver.migrate(db, { migrationsFolder });
    expect(await applied(emulator)).toEqual(all);
    await rm(folder, { recursive: true });
  });

  it('are applied once by many at once, and nobody fails', async () => {
    for (let round = 0; round < 3; round++) {
      await emulator.query(cleared);
      const crowd = Array.from({ length: 5 }, () =>
        driver.open(`${emulator.pooledUrl}&direct_port=${emulator.ports.direct}`),
      );
      await Promise.all(crowd.map((each) => driver.migrate(each, { migrationsFolder })));
      expect(await applied(emulator)).toEqual(all);
      await Promise.all(crowd.map((each) => driver.end(each)));
    }
  });

  it('wait for those who migrate, and leave no lock behind where they fail', async () => {
    const folder = await failing();
    const ends = await Promise.allSettled([
      driver.migrate(db, { migrationsFolder: folder }),
      driver.migrate(db, { migrationsFolder }),
      driver.migrate(db, { migrationsFolder: folder }),
    ]);
    expect(ends[1]).toMatchObject({ status: 'fulfilled' });
    expect(await applied(emulator)).toEqual(all);
    await expect
      .poll(() => emulator.query("select pid from pg_locks where locktype = 'advisory'"))
      .toEqual([]);
    await rm(folder, { recursive: true });
  });

  // Before 1.0 Drizzle begins another transaction within the one that is there.
  it.skipIf(ownMigrateLeavesPooler)('of a transaction stay in it', async () => {
    const changed = new Error('changed my mind');
    const error = await rejection(
      db.transaction(async (transaction) => {
        await driver.migrate(transaction as unknown as Database, { migrationsFolder });
        throw changed;
      }),
    );
    expect(error).toBe(changed);
    expect(await emulator.query("select to_regclass('note') as note")).toEqual([{ note: null }]);
  });

  it.runIf(ownMigrateLeavesPooler)('drizzle-orm’s own migrate() does the same', async () => {
    await emulator.pgbouncer?.stop();
    await driver.ownMigrate(db, { migrationsFolder });
    expect(await applied(emulator)).toEqual(all);
    await emulator.pgbouncer?.start();
  });

  it('drizzle-orm’s own migrate() loses nothing, wherever it runs', async () => {
    const folder = await failing();
    await rejection(driver.ownMigrate(db, { migrationsFolder: folder }));
    expect(await emulator.query("select to_regclass('note') as note")).toEqual([{ note: null }]);
    await driver.ownMigrate(db, { migrationsFolder });
    await driver.ownMigrate(db, { migrationsFolder });
    expect(await applied(emulator)).toEqual(all);
    await rm(folder, { recursive: true });
  });
});

describe.each(drivers)('migrations over $name, without a pooler', (driver: DriverUnderTest) => {
  it('run over the database’s own connections', async () => {
    const emulator = await startEmulator({ pooler: false });
    Object.assign(process.env, emulator.env);
    await emulator.query(grants);
    const db = driver.open(emulator.url);
    await driver.migrate(db, { migrationsFolder });
    expect(await applied(emulator)).toEqual(all);
    expect((await sessions(emulator)).length).toBeGreaterThan(0);
    for (const migrate of ownMigrateLeavesPooler ? [driver.migrate, driver.ownMigrate] : [driver.migrate]) {
      await emulator.query(cleared);
      await Promise.all(Array.from({ length: 4 }, () => migrate(db, { migrationsFolder })));
      expect(await applied(emulator)).toEqual(all);
    }
    await driver.end(db);
    await emulator.stop();
  });
});

it('of a single client go past the pooler as well', async () => {
  const emulator = await startEmulator({ pooler: { adversarial: true } });
  Object.assign(process.env, emulator.env);
  await emulator.query(grants);
  const client = new Client(`${emulator.pooledUrl}&direct_port=${emulator.ports.direct}`);
  client.on('error', () => {});
  const db = drizzle({ client, ...config }) as unknown as Database;
  await emulator.pgbouncer?.stop();
  await drivers[0]?.migrate(db, { migrationsFolder });
  expect(await applied(emulator)).toEqual(all);
  await emulator.stop();
});
