/**
 * Prisma’s command line takes seconds for each of its commands, and at its end waits ten for timers of its own.
 * @module-tag slow
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { copyOfProject, type PrismaVersion, runPrisma, versionUnderTest } from './project.ts';

// Prisma's own command line and schema engine, which needs no download as WebAssembly. Prisma 6 has it within and connects by the adapter of
// prisma.config.ts; Prisma 7 starts engine.mjs, which connects by the URL that azureDatasourceUrl() gives. Every run sees something of the oldest version, too.
const versions: readonly PrismaVersion[] = versionUnderTest === 'oldest' ? ['oldest'] : ['newest', 'oldest'];
const rights = `alter role "local-app" createdb; grant all on schema public to public; create schema other;
  grant all on schema other to public; grant create on database postgres to public`;

describe.each(versions)('Prisma’s command line, %s', (version) => {
  let emulator: Emulator;
  let folder: string;
  let log: string;
  /** It names the pooler, and no address besides the name, which the engine could not use. */
  let url: string;
  beforeAll(async () => {
    emulator = await startEmulator({ pooler: { adversarial: true } });
    folder = copyOfProject(version);
    log = join(folder, 'engine.log');
    cpSync(fileURLToPath(new URL('./project', import.meta.url)), folder, { recursive: true });
    use(`${version}.ts`);
    const [head = ''] = readFileSync(join(folder, 'schema.prisma'), 'utf8').split(/^model /m);
    const schemas = readFileSync(join(folder, 'schemas.prisma'), 'utf8');
    const twoSchemas = head.replace('"postgresql"', '"postgresql"\n  schemas = ["public", "other"]');
    writeFileSync(join(folder, 'schemas.prisma'), twoSchemas + schemas);
    await emulator.query(rights);
    // Whoever goes through it fails.
    await emulator.pgbouncer?.stop();
    url = `postgresql://localhost:${emulator.ports.pooled}/postgres?auth=entra&sslmode=verify-full&sslrootcert=${encodeURIComponent(emulator.ca.file)}&pool_mode=transaction&direct_port=${emulator.ports.direct}`;
  });
  afterAll(async () => {
    await emulator.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const use = (config: string): void =>
    cpSync(join(folder, 'configs', config), join(folder, 'prisma.config.ts'));

  async function prisma(command: string): Promise<string> {
    const { code, output } = await runPrisma(folder, command.split(' '), {
      ...emulator.env,
      DATABASE_URL: url,
      PRISMA_SCHEMA_ENGINE_BINARY: join(folder, 'engine.mjs'),
      ENGINE_LOG: log,
    });
    if (code !== 0 || /^Error/m.test(output)) throw new Error(`prisma ${command}: ${output}`);
    return output;
  }

  const tables = async (): Promise<unknown[]> =>
    (
      await emulator.query(
        "select table_schema || '.' || table_name as t from information_schema.tables where table_schema in ('public', 'other') order by 1",
      )
    ).map(({ t }) => t);

  it('deploys, compares by a shadow database, develops, resets and pushes, all past the pooler that the URL names', async () => {
    const begun = performance.now();
    expect(await prisma('migrate deploy')).toContain('successfully applied');
    // Prisma 6 does not dispose the adapter, whose idle connection would keep the process for a minute. (10 s it waits for timers of its own.)
    expect(performance.now() - begun).toBeLessThan(50_000);
    expect(await tables()).toEqual(['public._prisma_migrations', 'public.person']);

    const to = version === 'oldest' ? '--to-schema-datamodel' : '--to-schema';
    const diff = await prisma(`migrate diff --from-migrations migrations ${to} schema.prisma --script`);
    expect(diff).toMatch(/CREATE TABLE (?:"public"\.)?"note"/);
    expect(diff).not.toMatch(/CREATE TABLE (?:"public"\.)?"person"/);

    expect(await emulator.query("select 1 from pg_database where datname like 'prisma_%'")).toEqual([]);
    if (version !== versionUnderTest) return;

    await prisma('migrate dev --name note');
    expect(readdirSync(join(folder, 'migrations')).filter((name) => name.endsWith('_note'))).toHaveLength(1);
    expect(await prisma('migrate status')).toContain('Database schema is up to date');
    await emulator.query("insert into person (email) values ('gone')");
    await prisma('migrate reset --force');
    expect(await emulator.query('select count(*)::int as n from person')).toEqual([{ n: 0 }]);

    await prisma('db push --schema schemas.prisma --accept-data-loss');
    expect(await tables()).toEqual(expect.arrayContaining(['other.there', 'public.here']));
    expect(await prisma('db pull --print --schema schemas.prisma')).toMatch(/@@schema\("other"\)/);
  }, 180_000);

  it('a migration that fails is reported and remembered', async () => {
    const migration = join(folder, 'migrations', '29990101000000_wrong');
    mkdirSync(migration);
    writeFileSync(join(migration, 'migration.sql'), 'SELECT nonsense();\n');
    await expect(prisma('migrate deploy')).rejects.toThrow(/function nonsense\(\) does not exist/);
    await expect(prisma('migrate deploy')).rejects.toThrow(/P3009/);
    await emulator.query("delete from _prisma_migrations where migration_name like '2999%'");
    rmSync(migration, { recursive: true });
  }, 120_000);

  it('generate and validate need neither the database nor a token', async () => {
    emulator.entra.clearRequests();
    const nowhere = {
      ...emulator.env,
      DATABASE_URL: 'postgres://x.postgres.database.azure.com/app?schema=other',
    };
    for (const [command, said] of [
      ['generate --no-hints', 'Generated Prisma Client'],
      ['validate', 'is valid'],
    ] as const) {
      const { output } = await runPrisma(folder, command.split(' '), nowhere);
      expect(output).toContain(said);
    }
    expect(emulator.entra.requests).toEqual([]);
  }, 120_000);

  it.runIf(version === 'newest')('the engine’s root file is gone when the command has ended', () => {
    const urls = readFileSync(log, 'utf8').trim().split('\n');
    const roots = urls.map((url) => String(new URL(url).searchParams.get('sslcert')));
    expect(roots.filter((file) => file.includes('azure-pg-root-')).length).toBeGreaterThan(0);
    expect(roots.filter((file) => existsSync(file))).toEqual([]);
  });

  it.runIf(version === 'oldest')(
    'Prisma 6 without the adapter gets the URL by env("DATABASE_URL")',
    async () => {
      use('oldest-url.ts');
      expect(await prisma('migrate deploy')).toContain('No pending migrations to apply');
      const [given = ''] = readFileSync(log, 'utf8').split('\n');
      expect(Object.fromEntries(new URL(given).searchParams)).toMatchObject({ sslaccept: 'strict' });
      expect(new URL(given).port).toBe(String(emulator.ports.direct));
    },
    120_000,
  );
});
