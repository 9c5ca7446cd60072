/**
 * Another version of Drizzle.
 * @module-tag slow
 */
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

// The essentials over Drizzle 1.0, in every run of the tests, and what only 1.0 has. vitest.next.config.ts runs all of them over it.
const parts = ['', '/driver', '/session', '/migrator'];
const entries = parts.flatMap((part) => [`/node-postgres${part}`, `/postgres-js${part}`]);
for (const path of ['', '/pg-core', ...entries]) {
  vi.doMock(`drizzle-orm${path}`, () => import(/* @vite-ignore */ `drizzle-orm-next${path}`));
}
// Not by its name: its types are those of 1.0.
const next = new URL('./next/drizzle-version.ts', import.meta.url).pathname;
vi.doMock('./drizzle-version.ts', () => import(/* @vite-ignore */ next));
const { describeEssentials } = await import('./essentials.ts');
const { drivers } = await import('./drivers.ts');
const { findWithNotes, migrationsFolder } = await import('./drizzle-version.ts');

it('this runs over Drizzle 1.0', async () => {
  const [ours, next] = await Promise.all([
    import('../src/index.ts'),
    import('drizzle-orm-next/node-postgres'),
  ]);
  expect(ours.NodePgDatabase).toBe(next.NodePgDatabase);
});

describeEssentials();

describe.each(drivers)('Drizzle 1.0 over $name', (driver) => {
  let emulator: Emulator;
  let url: string;
  beforeAll(async () => {
    emulator = await startEmulator({ pooler: { adversarial: true } });
    Object.assign(process.env, emulator.env);
    await emulator.query(
      'grant create on schema public to "local-app"; grant create on database postgres to "local-app"',
    );
    url = `${emulator.pooledUrl}&direct_port=${emulator.ports.direct}`;
  });
  afterAll(() => emulator.stop());

  it('brings the table of migrations of older versions up to date, past the pooler', async () => {
    // As Drizzle 0.45 leaves it after the first two.
    await emulator.query(`create schema drizzle authorization "local-app"; set role "local-app";
      create table drizzle.__drizzle_migrations (id serial primary key, hash text not null, created_at bigint);
      insert into drizzle.__drizzle_migrations (hash, created_at) values ('0', 1700000000000), ('1', 1700000001000);
      reset role`);
    const db = driver.open(url);
    await emulator.pgbouncer?.stop();
    await driver.migrate(db, { migrationsFolder });
    await emulator.pgbouncer?.start();
    expect(
      await emulator.query(
        "select name, to_regclass('note') as note from drizzle.__drizzle_migrations order by id",
      ),
    ).toEqual(
      ['20231114221320_person', '20231114221321_who', '20231114221322_wait'].map((name) => ({
        name,
        note: null,
      })),
    );
    await driver.end(db);
  });

  it('gives what migrate() gives', async () => {
    const db = driver.open(url);
    expect(await driver.migrate(db, { migrationsFolder, init: true })).toEqual({
      exitCode: 'databaseMigrations',
    });
    await driver.end(db);
  });

  it('hands its options on: compiled mappers, parameters in errors', async () => {
    await emulator.query(`drop schema drizzle cascade`);
    const db = driver.open(url, { jit: true, paramsInErrors: true });
    await driver.migrate(db, { migrationsFolder });
    expect(await findWithNotes(db, 'nobody@example.com')).toBeUndefined();
    const { eq } = await import('drizzle-orm');
    const { note } = await import('./tables.ts');
    const error = await db
      .select()
      .from(note)
      .where(eq(note.id, 'seven' as never))
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ params: ['seven'], cause: { code: '22P02' } });
    await driver.end(db);
  });
});
