import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const here = fileURLToPath(new URL('.', import.meta.url));
const kit = fileURLToPath(new URL('../node_modules/drizzle-kit/bin.cjs', import.meta.url));
let emulator: Emulator;
let folder: string;
let local: string;
beforeAll(async () => {
  emulator = await startEmulator({ host: 'localhost', pooler: { adversarial: true } });
  await emulator.query(
    'grant create on schema public to "local-app"; grant create on database postgres to "local-app"',
  );
  folder = await mkdtemp(join(tmpdir(), 'azure-pg-kit-'));
  local = `postgresql://localhost:${emulator.ports.pooled}/postgres?auth=entra&sslmode=verify-full&sslrootcert=${encodeURIComponent(emulator.ca.file)}&pool_mode=transaction&direct_port=${emulator.ports.direct}`;
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await emulator.stop();
});

interface End {
  readonly code: number;
  readonly said: string;
}

/** Runs a program in a process of its own, which finds this package's sources. */
function run(args: readonly string[], env: Record<string, string | undefined>): Promise<End> {
  const variables = {
    ...process.env,
    ...emulator.env,
    NODE_OPTIONS: '--conditions=@azure-pg/source',
    ...env,
  };
  return new Promise((resolve) => {
    const options = { cwd: join(here, '..'), env: variables };
    execFile(process.execPath, args, options, (error, output, errors) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), said: output + errors }),
    );
  });
}

const drizzleKit = (command: string[], env: Record<string, string | undefined> = {}): Promise<End> =>
  run([kit, ...command, '--config', 'test/kit/drizzle.config.ts'], { DATABASE_URL: local, ...env });

/** What azureCredentials() gives, in a process of its own. */
async function credentials(code: string, env: Record<string, string | undefined> = {}): Promise<End> {
  const program = `import { azureCredentials } from '@azure-pg/drizzle/kit'; ${code}`;
  return run(['--input-type=module', '--eval', program], { DATABASE_URL: local, ...env });
}

const check = `const pg = (await import('pg')).default;
  const client = new pg.Client(azureCredentials(process.env.DATABASE_URL));
  await client.connect();
  console.log(client.host, (await client.query('select current_user as u')).rows[0].u);
  await client.end();`;

describe('the real drizzle-kit', () => {
  it('migrate: signs in with a token, over TLS that it verifies, on the server itself', async () => {
    await emulator.pgbouncer?.stop();
    expect(await drizzleKit(['migrate'])).toMatchObject({ code: 0 });
    await emulator.pgbouncer?.start();
    expect(await emulator.query('select count(*)::int as n from drizzle.__drizzle_migrations')).toEqual([
      { n: 3 },
    ]);
  });

  it('push: changes the schema', async () => {
    await emulator.query('drop table note, person, migrated_by');
    expect(await drizzleKit(['push', '--force'])).toMatchObject({ code: 0 });
    expect(await emulator.query("select count(*)::int as n from pg_tables where tablename = 'city'")).toEqual(
      [{ n: 1 }],
    );
  });

  it('generate: needs neither the database nor a token', async () => {
    emulator.entra.clearRequests();
    const out = join(folder, 'generated');
    expect(await drizzleKit(['generate'], { KIT_OUT: out })).toMatchObject({ code: 0 });
    expect(await readdir(out)).toContain('meta');
    expect(emulator.entra.requests).toEqual([]);
  });

  it.each(['', '\n'])('generate: nor a URL, where a pipeline has no secret for it: %j', async (none) => {
    const out = join(folder, `generated without ${none.length}`);
    expect(await drizzleKit(['generate'], { KIT_OUT: out, DATABASE_URL: none })).toMatchObject({ code: 0 });
    expect(await readdir(out)).toContain('meta');
    const migrate = await drizzleKit(['migrate'], { DATABASE_URL: none });
    expect(migrate.code).not.toBe(0);
    expect(migrate.said).toContain('The connection string is empty');
  });

  it('does not give its token to a server with a certificate of somebody else', async () => {
    const forged = local.replace(/sslrootcert=[^&]*/, 'trust=azure');
    // drizzle-kit itself ends without a word.
    expect(await drizzleKit(['migrate'], { DATABASE_URL: forged })).toMatchObject({ code: 1 });
    const { said } = await credentials(check, { DATABASE_URL: forged });
    expect(said).toMatch(/self-signed|unable to (get|verify)/);
  });

  it('says why there is no token', async () => {
    const nobody = {
      IDENTITY_ENDPOINT: undefined,
      IDENTITY_HEADER: undefined,
      AZURE_TENANT_ID: undefined,
      AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential',
    };
    const { code, said } = await drizzleKit(['migrate'], nobody);
    expect(code).not.toBe(0);
    expect(said).toContain('No Entra token');
  });
});
