import { type Stand, startStand } from '@azure-pg/contract';
import { Kysely, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';

// Another copy of the packages below, as a nested node_modules or an ES module beside a CommonJS one makes it.
let stand: Stand;
beforeAll(async () => {
  stand = await startStand();
  await stand.adversarial.query('grant create on schema public to app');
});
afterAll(() => stand.stop());

const sources = {
  pg: async (url: string) => {
    const { AzurePostgresDialect } = await import('../src/index.ts');
    vi.resetModules();
    const { Pool } = await import('@azure-pg/pg');
    return new AzurePostgresDialect({ pool: new Pool({ connectionString: url, max: 1 }) });
  },
  'postgres.js': async (url: string) => {
    const { AzurePostgresDialect } = await import('../src/postgres-js.ts');
    vi.resetModules();
    const { default: postgres } = await import('@azure-pg/postgresjs');
    return new AzurePostgresDialect({ postgres: postgres(url, { max: 1 }) });
  },
};

test.each(Object.entries(sources))(
  'a dialect leads what another copy made past the pooler: %s',
  async (name, dialectOver) => {
    const warned: string[] = [];
    const listen = (warning: Error): void => void warned.push(warning.message);
    process.on('warning', listen);
    const db = new Kysely<unknown>({ dialect: await dialectOver(stand.passwordUrl('adversarial')) });
    const table = `two_copies_${name.replaceAll('.', '_')}`;
    // The pooler reaches its server over a Unix-domain socket, which has no address.
    const migrations = {
      first: {
        up: (migrating: Kysely<unknown>) =>
          sql`create table ${sql.table(table)} as select inet_client_addr() is null as pooled`
            .execute(migrating)
            .then(() => {}),
      },
    };
    const migrator = new Migrator({
      db,
      provider: { getMigrations: async () => migrations },
      migrationTableName: `${table}_migration`,
      migrationLockTableName: `${table}_lock`,
    });
    const { error } = await migrator.migrateToLatest();
    expect(error).toBeUndefined();
    const { rows } =
      await sql`select pooled, inet_client_addr() is null as now from ${sql.table(table)}`.execute(db);
    expect(rows).toEqual([{ pooled: false, now: true }]);
    await db.destroy();
    process.off('warning', listen);
    expect(warned.filter((message) => message.includes('did not make'))).toEqual([]);
  },
);
