import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Stand, startStand } from '@azure-pg/contract';
import type { DataSource, MigrationInterface, QueryRunner } from 'typeorm';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { azurePg } from '../src/index.ts';
import { dataSourceOf } from './entities.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand();
  await stand.adversarial.query('grant create on schema public to app');
});
afterAll(() => stand.stop());

const opened: DataSource[] = [];
const open = async (options: Parameters<typeof dataSourceOf>[0]): Promise<DataSource> => {
  const dataSource = dataSourceOf({ entities: [], ...options });
  opened.push(dataSource);
  return dataSource.initialize();
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map((dataSource) => dataSource.isInitialized && dataSource.destroy()));
  await stand.adversarial.query('drop table if exists typeorm_seen, migrations');
});

/** The pooler reaches its server over a Unix-domain socket, which has no address. */
const seen = `create table typeorm_seen as select inet_client_addr() is null as pooled, current_setting('application_name') as name`;
class Seen1700000000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    // What is set for the session is still so in the next statement, and is nobody else's afterwards.
    await runner.query(`set application_name = 'migrating'`);
    await runner.manager.query(seen);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('drop table typeorm_seen');
  }
}
class Fails1700000000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('select 1 / 0');
  }

  async down(): Promise<void> {}
}
const rows = () => stand.adversarial.query('select * from typeorm_seen');
const url = () => stand.passwordUrl('adversarial');
const isPooled = async (dataSource: DataSource) =>
  (await dataSource.query('select inet_client_addr() is null as pooled'))[0].pooled;

test.each(['all', 'each', 'none'] as const)(
  'migrations go past the pooler and back: transaction %s',
  async (transaction) => {
    const dataSource = await open({ driver: azurePg(url()), migrations: [Seen1700000000000] });
    expect(await dataSource.showMigrations()).toBe(true);
    expect(await dataSource.runMigrations({ transaction })).toMatchObject([{ name: 'Seen1700000000000' }]);
    expect(await rows()).toEqual([{ pooled: false, name: 'migrating' }]);
    expect(await isPooled(dataSource)).toBe(true);
    expect(await dataSource.showMigrations()).toBe(false);
    await dataSource.undoLastMigration({ transaction });
    expect(await stand.adversarial.query(`select to_regclass('typeorm_seen') as there`)).toEqual([
      { there: null },
    ]);
    // Nothing is left of the connection that was opened.
    await expect
      .poll(() =>
        stand.adversarial.query(`select 1 from pg_stat_activity where application_name = 'migrating'`),
      )
      .toEqual([]);
  },
);

test('migrationsRun', async () => {
  await open({ driver: azurePg(url()), migrations: [Seen1700000000000], migrationsRun: true });
  expect(await rows()).toEqual([{ pooled: false, name: 'migrating' }]);
});

test('replication: it is the master’s server', async () => {
  const dataSource = await open({
    driver: azurePg(),
    replication: { master: { url: url() }, slaves: [{ url: url() }] },
    migrations: [Seen1700000000000],
  });
  await dataSource.runMigrations();
  expect(await rows()).toEqual([{ pooled: false, name: 'migrating' }]);
});

test('one that fails is rolled back, with those before it, and its error comes out', async () => {
  const dataSource = await open({
    driver: azurePg(url()),
    migrations: [Seen1700000000000, Fails1700000000001],
  });
  await expect(dataSource.runMigrations()).rejects.toMatchObject({ code: '22012' });
  expect(await stand.adversarial.query(`select to_regclass('typeorm_seen') as there`)).toEqual([
    { there: null },
  ]);
  expect(await isPooled(dataSource)).toBe(true);
});

test('where only the pooler is known it is said, and nothing is done', async () => {
  const only = new URL(url());
  only.searchParams.delete('direct_port');
  const dataSource = await open({ driver: azurePg(only.href), migrations: [Seen1700000000000] });
  await expect(dataSource.runMigrations()).rejects.toMatchObject({ code: 'POOLER_UNSUPPORTED' });
});

test('two copies of this package lead each other’s pools', async () => {
  await open({ driver: azurePg(url()) });
  vi.resetModules();
  const other = await import('../src/index.ts');
  expect(other.azurePg).not.toBe(azurePg);
  const dataSource = await open({ driver: other.azurePg(url()), migrations: [Seen1700000000000] });
  await dataSource.runMigrations();
  expect(await rows()).toEqual([{ pooled: false, name: 'migrating' }]);
});

test('npx typeorm migration:run', async () => {
  const folder = await mkdtemp(fileURLToPath(new URL('./cli-', import.meta.url)));
  try {
    await writeFile(
      join(folder, 'data-source.mjs'),
      `import { azurePg } from '@azure-pg/typeorm';
      import { DataSource } from 'typeorm';
      class First1700000000000 {
        async up(runner) { await runner.query("${seen}"); }
        async down(runner) { await runner.query('drop table typeorm_seen'); }
      }
      export default new DataSource({ type: 'postgres', driver: azurePg(process.env.DATABASE_URL), migrations: [First1700000000000] });`,
    );
    const program = createRequire(import.meta.url).resolve('typeorm/cli.js');
    const cli = (command: string) =>
      promisify(execFile)(
        process.execPath,
        ['--conditions=@azure-pg/source', program, command, '-d', 'data-source.mjs'],
        { cwd: folder, env: { ...process.env, NO_COLOR: '1', DATABASE_URL: url() } },
      );
    expect((await cli('migration:run')).stdout).toContain(
      'First1700000000000 has been executed successfully',
    );
    expect(await rows()).toMatchObject([{ pooled: false }]);
    expect((await cli('migration:revert')).stdout).toContain('reverted successfully');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});
