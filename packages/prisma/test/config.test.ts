import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createCertificateAuthority, type Emulator, startEmulator } from '@azure-pg/emulator';
import { loadConfigFromFile } from '@prisma/config';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { azureDatasourceUrl } from '../src/config.ts';

const here = fileURLToPath(new URL('.', import.meta.url));
const prisma = fileURLToPath(new URL('../node_modules/prisma/build/index.js', import.meta.url));
let emulator: Emulator;
let url: string;
let folder: string;
beforeAll(async () => {
  emulator = await startEmulator({ host: 'localhost', pooler: { adversarial: true } });
  Object.assign(process.env, emulator.env);
  // Beside the tests, so that the package is found by its name.
  folder = await mkdtemp(join(here, '.generated-'));
  await cp(join(here, 'project'), folder, { recursive: true });
  await cp(join(here, 'schema.prisma'), join(folder, 'schema.prisma'));
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

function run(command: readonly string[], env: Record<string, string>): Promise<string> {
  const options = {
    cwd: folder,
    env: {
      ...process.env,
      NODE_OPTIONS: '--conditions=@azure-pg/source',
      CHECKPOINT_DISABLE: '1',
      DATABASE_URL: url,
      ...env,
    },
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [prisma, ...command], options, (_error, output, errors) =>
      resolve(output + errors),
    );
  });
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

describe('prisma.config.ts', () => {
  it('Prisma’s own loader awaits it', async () => {
    const config = join(folder, 'loaded.config.ts');
    const module = JSON.stringify(fileURLToPath(new URL('../src/config.ts', import.meta.url)));
    await writeFile(
      config,
      `import { azureDatasourceUrl } from ${module};
      export default { datasource: { url: await azureDatasourceUrl(${JSON.stringify(url)}) } };`,
    );
    const loaded = await loadConfigFromFile({ configFile: config });
    expect(loaded).not.toHaveProperty('error');
    expect(await whoAmI(String(loaded.config?.datasource?.url))).toBe('local-app');
  });

  it('migrate deploy: the engine gets a URL that it can connect with, and a root that goes with the process', async () => {
    const log = join(folder, 'engine.json');
    await run(['migrate', 'deploy'], {
      PRISMA_SCHEMA_ENGINE_BINARY: join(folder, 'engine.mjs'),
      ENGINE_LOG: log,
    });
    const given = JSON.parse(await readFile(log, 'utf8')) as { url: string; root: string };
    expect(await whoAmI(given.url, given.root)).toBe('local-app');
    expect(existsSync(String(new URL(given.url).searchParams.get('sslcert')))).toBe(false);
  });

  it('generate and validate need neither the database nor a token', async () => {
    emulator.entra.clearRequests();
    const nowhere = {
      DATABASE_URL: 'postgres://x.postgres.database.azure.com/app?schema=other',
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    };
    expect(await run(['generate', '--no-hints'], nowhere)).toContain('Generated Prisma Client');
    expect(await run(['validate'], nowhere)).toContain('is valid');
    expect(emulator.entra.requests).toEqual([]);
  });
});
