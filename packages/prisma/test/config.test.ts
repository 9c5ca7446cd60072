import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificateAuthority, type Emulator, startEmulator } from '@azure-pg/emulator';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { entriesOf } from './entries.ts';
import { versionUnderTest } from './project.ts';

const { azureDatasourceUrl } = await entriesOf(versionUnderTest);
let emulator: Emulator;
let url: string;
let folder: string;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: { adversarial: true } });
  Object.assign(process.env, emulator.env);
  folder = await mkdtemp(join(tmpdir(), 'azure-pg-config-'));
  url = urlWith(emulator.ca.file);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await emulator.stop();
});

const urlWith = (roots: string): string =>
  `postgresql://localhost:${emulator.ports.pooled}/postgres?auth=entra&sslmode=verify-full&sslrootcert=${encodeURIComponent(roots)}&pool_mode=transaction&direct_port=${emulator.ports.direct}&schema=other`;

/** Connects as Prisma's engine does: what the URL says, the certificate checked against that one file. */
async function whoAmI(text: string, root?: string): Promise<unknown> {
  const { hostname, port, username, password, pathname, searchParams } = new URL(text);
  const client = new pg.Client({
    host: hostname,
    port: Number(port),
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    database: pathname.slice(1),
    ssl: { ca: root ?? (await readFile(String(searchParams.get('sslcert')), 'utf8')) },
  });
  await client.connect();
  const { rows } = await client.query('select current_user as u');
  await client.end();
  return rows[0].u;
}

describe('azureDatasourceUrl', () => {
  it('is of the server itself, with a token, a schema, and TLS that the engine verifies', async () => {
    const given = await azureDatasourceUrl(url);
    const { port, searchParams } = new URL(given);
    expect(port).toBe(String(emulator.ports.direct));
    expect(Object.fromEntries(searchParams)).toMatchObject({
      schema: 'other',
      sslmode: 'require',
      sslaccept: 'strict',
      connect_timeout: expect.stringMatching(/^\d+$/),
    });
    expect(await whoAmI(given)).toBe('local-app');
  });

  it('of an empty variable is only refused where a database is needed', async () => {
    const { argv } = process;
    const during = async (command: string): Promise<string> => {
      process.argv = ['node', '/app/node_modules/prisma/build/index.js', command];
      return azureDatasourceUrl('').finally(() => {
        process.argv = argv;
      });
    };
    expect(new URL(await during('generate')).hostname).toBe('no-database-url.invalid');
    await expect(during('migrate')).rejects.toThrow('The connection string is empty');
  });

  it('names the one root that counts, where the settings name a bundle', async () => {
    const others = await Promise.all([createCertificateAuthority('one'), createCertificateAuthority('two')]);
    const bundle = join(folder, 'bundle.pem');
    await writeFile(bundle, [others[0].pem, emulator.ca.pem, others[1].pem].join('\n'));
    const file = new URL(await azureDatasourceUrl(urlWith(bundle))).searchParams.get('sslcert');
    const root = await readFile(String(file), 'utf8');
    expect(root.trim()).toBe(emulator.ca.pem.trim());
  });

  it('gives a token to nobody whose certificate is not to be trusted', async () => {
    const foreign = await createCertificateAuthority('somebody else');
    const roots = join(folder, 'foreign.pem');
    await writeFile(roots, foreign.pem);
    emulator.entra.clearRequests();
    await expect(azureDatasourceUrl(urlWith(roots))).rejects.toMatchObject({
      code: 'CERTIFICATE_NOT_TRUSTED',
    });
  });

  it('encodes what a URL would misread', async () => {
    const options = {
      host: 'localhost',
      port: emulator.postgres.port,
      sslrootcert: emulator.ca.file,
      user: 'a b@c',
      database: 'x/y?z',
      password: 'p@:/?#[]% +',
      schema: 'two words',
      application_name: 'a&b',
    };
    const { username, password, pathname, searchParams } = new URL(
      await azureDatasourceUrl({ ...options, sslmode: 'verify-full' }),
    );
    expect([username, password, pathname.slice(1)].map(decodeURIComponent)).toEqual([
      'a b@c',
      'p@:/?#[]% +',
      'x/y?z',
    ]);
    expect(searchParams.get('schema')).toBe('two words');
    expect(searchParams.get('application_name')).toBe('a&b');
  });

  it('a URL with a password works, and sslmode=require as it is meant', async () => {
    expect(await whoAmI(await azureDatasourceUrl(emulator.postgres.url))).toBe('app');
    const { user, password, port } = emulator.postgres;
    const plain = await azureDatasourceUrl(
      `postgres://${user}:${password}@localhost:${port}/postgres?sslmode=require`,
    );
    expect(Object.fromEntries(new URL(plain).searchParams)).toMatchObject({
      sslmode: 'require',
      sslaccept: 'accept_invalid_certs',
    });
  });

  const wrong: Record<string, string> = {
    hostaddr: 'postgres://x.postgres.database.azure.com/db?hostaddr=127.0.0.1',
    'a client certificate': 'postgres://localhost/db?sslcert=a.pem&sslkey=b.pem',
    'plaintext for a token': 'postgres://localhost/db?auth=entra&sslmode=disable',
    'an unknown setting': 'postgres://localhost/db?colour=red',
  };
  it.each(Object.entries(wrong))('refuses %s', async (_name, text) => {
    await expect(azureDatasourceUrl(text)).rejects.toMatchObject({ name: 'AzurePgError' });
  });
});
