import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let emulator: Emulator;
let local: string;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: { adversarial: true } });
  local = `postgresql://localhost:${emulator.ports.pooled}/postgres?auth=entra&sslmode=verify-full&sslrootcert=${encodeURIComponent(emulator.ca.file)}&pool_mode=transaction&direct_port=${emulator.ports.direct}`;
});
afterAll(() => emulator.stop());

/** What a program prints, in a process of its own: this one must go on to answer for the identity endpoint. */
function run(code: string, env: Record<string, string | undefined> = {}): Promise<string> {
  const program = `import { driverCredentials } from '@azure-pg/core/adapter'; import { signInSync } from './src/other-programs/sign-in-sync.ts'; ${code}`;
  const options = {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    env: { ...process.env, ...emulator.env, DATABASE_URL: local, ...env },
  };
  const args = ['--conditions=@azure-pg/source', '--input-type=module', '--eval', program];
  return new Promise((resolve) => {
    execFile(process.execPath, args, options, (_error, output, errors) => resolve(output + errors));
  });
}

const check = `const pg = (await import('pg')).default;
  const client = new pg.Client(driverCredentials(process.env.DATABASE_URL));
  await client.connect();
  console.log(client.host, (await client.query('select current_user as u')).rows[0].u);
  await client.end();`;

describe('driverCredentials', () => {
  it('is what pg itself connects with, to the server itself', async () => {
    await emulator.pgbouncer?.stop();
    expect(await run(check)).toBe('localhost local-app\n');
    await emulator.pgbouncer?.start();
  });

  it('is for the name, also where hostaddr gives the address', async () => {
    const named = local.replace('//localhost', '//db.example.org');
    const elsewhere = `${named}&hostaddr=127.0.0.1`;
    expect(await run(check, { DATABASE_URL: elsewhere, AZURE_PG_ALLOWED_HOSTS: 'db.example.org' })).toMatch(
      /altnames/,
    );
    const azure = await startEmulator({ host: 'local.postgres.database.azure.com', pooler: false });
    const ours = await run(check, { ...azure.env, DATABASE_URL: azure.url });
    await azure.stop();
    expect(ours).toBe('127.0.0.1 local-app\n');
  });

  it('is what postgres.js itself connects with', async () => {
    const program = `const postgres = (await import('postgres')).default;
      const sql = postgres(driverCredentials(process.env.DATABASE_URL));
      console.log((await sql\`select current_user as u\`)[0].u);
      await sql.end();`;
    expect(await run(program)).toBe('local-app\n');
  });

  it('does not connect to a server with a certificate of somebody else', async () => {
    const forged = local.replace(/sslrootcert=[^&]*/, 'trust=azure');
    expect(await run(check, { DATABASE_URL: forged })).toMatch(/self-signed|unable to (get|verify)/);
  });

  it('takes a password where there is one', async () => {
    expect(await run(check, { DATABASE_URL: emulator.postgres.url })).toBe('localhost app\n');
  });

  it('asks for no token before user or password is read, and then for one, and one that names the identity', async () => {
    emulator.entra.clearRequests();
    const where = 'const given = driverCredentials(process.env.DATABASE_URL); console.log(given.port);';
    expect(await run(where)).toBe(`${emulator.ports.direct}\n`);
    expect(emulator.entra.requests).toEqual([]);
    expect(await run(`${where} console.log(given.user, given.password === given.password);`)).toBe(
      `${emulator.ports.direct}\nlocal-app true\n`,
    );
    expect(emulator.entra.requests).toHaveLength(2);
  });

  it('shows no secret when it is printed', async () => {
    const program = `const { inspect } = await import('node:util');
      const given = driverCredentials(process.env.DATABASE_URL);
      const token = given.password;
      console.log([inspect(given, { depth: 9 }), JSON.stringify(given)].some((text) => text.includes(token)), token.length > 100);`;
    expect(await run(program)).toBe('false true\n');
  });

  const wrong: Record<string, string> = {
    'an unknown setting': `driverCredentials('postgres://localhost/db?colour=red')`,
    'a credential object': `driverCredentials('postgres://localhost/db', { credential: { getToken() {} } })`,
    'a password function': `driverCredentials({ host: 'localhost', password: async () => 'x' })`,
    'a password function to signInSync': `signInSync({ host: 'localhost', password: async () => 'x' })`,
    'a host that may have no token': `driverCredentials('postgres://db.example.org/db?auth=entra')`,
    plaintext: `driverCredentials('postgres://localhost/db?auth=entra&sslmode=disable')`,
  };
  it.each(Object.entries(wrong))('refuses at once: %s', async (_name, call) => {
    const program = `try { ${call}; console.log('taken') } catch (error) { console.log(error.name) }`;
    expect(await run(program)).toBe('AzurePgError\n');
  });
});

describe('signInSync', () => {
  it('gives the role and its token', async () => {
    const program = `const { user, password } = signInSync(process.env.DATABASE_URL);
      console.log(user, password.split('.').length);`;
    expect(await run(program)).toBe('local-app 3\n');
  });

  it('throws what obtaining the credential throws', async () => {
    const nobody = {
      IDENTITY_ENDPOINT: undefined,
      IDENTITY_HEADER: undefined,
      AZURE_TENANT_ID: undefined,
      AZURE_TOKEN_CREDENTIALS: 'EnvironmentCredential',
    };
    const program = `try { signInSync(process.env.DATABASE_URL) } catch ({ name, code, message }) { console.log(name, code, message) }`;
    expect(await run(program, nobody)).toMatch(/^AzurePgError TOKEN_UNAVAILABLE No Entra token/);
  });

  it('says how the process that should have answered failed', async () => {
    // Node itself refuses to start there.
    const program = `process.env.NODE_OPTIONS = '--no-such-option';
      try { signInSync(process.env.DATABASE_URL) } catch ({ name, message }) { console.log(name, message) }`;
    expect(await run(program)).toContain('AzurePgError The process that obtains the credential failed (9)');
  });
});
