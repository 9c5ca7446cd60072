import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { blocksOf, otherCommands } from './support/pages.ts';
import { generatePrismaClient } from './support/prisma-client.ts';
import { runProgram } from './support/run-program.ts';

const blocks = blocksOf('moving-over');
const diffs = new Map(
  blocks
    .filter(({ kind }) => kind.startsWith('diff '))
    .map(({ kind, code }) => [kind.slice('diff '.length), code]),
);

/** One side of a diff. */
const side = (name: string, sign: '+' | '-'): string =>
  (diffs.get(name) ?? '')
    .split('\n')
    .filter((line) => line === '' || line.startsWith(' ') || line.startsWith(sign))
    .map((line) => line.slice(1))
    .join('\n');

let emulator: Emulator;
let folder: string;
/** The two URLs of the page: the one with a password, and the one without. */
let withPassword: string;
let single: Record<string, string>;
let certificates: { NODE_EXTRA_CA_CERTS: string };
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
  withPassword = emulator.postgres.url;
  single = {
    PGHOST: 'localhost',
    PGPORT: String(emulator.ports.direct),
    PGDATABASE: 'postgres',
    PGUSER: 'local-app',
  };
  certificates = { NODE_EXTRA_CA_CERTS: emulator.ca.file };
  // Within this package, where the programs find what they import.
  folder = await mkdtemp(fileURLToPath(new URL('./run-', import.meta.url)));
  await generatePrismaClient(folder);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await emulator?.stop();
});

type Variables = Record<string, string | undefined>;
async function run(name: string, sign: '+' | '-', env: Variables, code = side(name, sign)): Promise<string> {
  const file = join(folder, `${name}-${sign === '-' ? 'before' : 'after'}.mjs`);
  await writeFile(file, code);
  return (await runProgram(file, env)).stdout;
}
const before = (name: string, env: Variables): Promise<string> => run(name, '-', env);
/** What the emulator's environment and the URL without a user or a password are enough for. */
const after = (name: string): Promise<string> =>
  run(name, '+', { ...emulator.env, DATABASE_URL: emulator.url });

const me = /who: 'local-app'/;

describe('docs/moving-over.md', () => {
  it('every block is run, or holds commands of az', () => {
    expect([...diffs.keys()]).toEqual([
      ...['microsoft', 'by-hand', 'unverified', 'environment', 'prisma', 'drizzle', 'single-server'],
    ]);
    expect(blocks.filter(({ kind }) => kind !== 'sh az' && !kind.startsWith('diff '))).toEqual([]);
    expect(otherCommands(blocks)).toEqual([]);
    for (const code of diffs.values()) expect(code).toMatch(/^(?:[-+ ].*\n|\n)+$/);
  });

  it.each(['microsoft', 'by-hand'])('%s: both print the same row', async (name) => {
    expect(await before(name, { ...emulator.env, ...certificates, ...single })).toMatch(me);
    expect(await after(name)).toMatch(me);
  });

  it('microsoft: the variables may stay where there is no URL', async () => {
    const code = side('microsoft', '+').replace('new Pool(process.env.DATABASE_URL)', 'new Pool()');
    // PGHOST means Entra by itself for Azure's hosts alone.
    const azure = await startEmulator({ pooler: false, host: 'local.postgres.database.azure.com' });
    try {
      const env = {
        ...azure.env,
        ...{ PGHOST: 'local.postgres.database.azure.com', PGHOSTADDR: '127.0.0.1', PGDATABASE: 'postgres' },
        ...{ PGPORT: String(azure.ports.direct), PGUSER: 'local-app', PGSSLROOTCERT: azure.ca.file },
      };
      expect(await run('microsoft', '+', env, code)).toMatch(me);
    } finally {
      await azure.stop();
    }
  });

  it('by-hand: a token that was fetched once expires under the program, ours does not', {
    tags: ['slow'],
  }, async () => {
    const later = (code: string): string =>
      code.replace(
        'console.log(',
        "await pool.query('select 1');\nawait new Promise((done) => setTimeout(done, 3500));\nconsole.log(",
      );
    const once = later(side('by-hand', '-'))
      .replace('async () => ', '')
      .replace('ssl: true', 'ssl: true, idleTimeoutMillis: 50');
    const ours = later(side('by-hand', '+')).replace(
      'new Pool(process.env.DATABASE_URL)',
      'new Pool({ connectionString: process.env.DATABASE_URL, idleTimeoutMillis: 50 })',
    );
    emulator.entra.tokenLifetime = 3;
    try {
      const env = { ...emulator.env, ...certificates };
      await expect(run('by-hand', '-', { ...env, ...single }, once)).rejects.toMatchObject({
        stderr: expect.stringContaining('expired'),
      });
      expect(await run('by-hand', '+', { ...env, DATABASE_URL: emulator.url }, ours)).toMatch(me);
    } finally {
      emulator.entra.tokenLifetime = 3600;
    }
  });

  it.each(['prisma', 'drizzle'])('%s: from a password to none', async (name) => {
    expect(await before(name, { ...certificates, DATABASE_URL: withPassword })).toMatch(/who: 'app'/);
    expect(await after(name)).toMatch(me);
    // The code may change before the URL does.
    expect(await run(name, '+', { DATABASE_URL: withPassword })).toMatch(/who: 'app'/);
  });

  it('unverified: before, a stranger’s certificate was as good as the server’s', async () => {
    const bare = withPassword.replace(/\?.*/, '');
    expect(await before('unverified', { DATABASE_URL: bare })).toMatch(/who: 'app'/);
    expect(await after('unverified')).toMatch(me);
    const untrusted = emulator.url.replace(/&?sslrootcert=[^&]*/, '');
    const refused = run('unverified', '+', { ...emulator.env, DATABASE_URL: untrusted });
    await expect(refused).rejects.toMatchObject({ stderr: expect.stringContaining('CERTIFICATE') });
  });

  it('unverified: the option that is left in still switches verification off, and says so', async () => {
    const bare = withPassword.replace(/\?.*/, '');
    const code = side('unverified', '-').replace("import pg from 'pg'", "import * as pg from '@azure-pg/pg'");
    const file = join(folder, 'left-in.mjs');
    await writeFile(file, code);
    const { stdout, stderr } = await runProgram(file, { DATABASE_URL: bare });
    expect(stdout).toMatch(/who: 'app'/);
    expect(stderr).toContain('anyone on the way can pose as the server');
  });

  it('the environment’s two URLs are those that the programs were run with', () => {
    expect(side('environment', '-').trim()).toMatch(/^DATABASE_URL=postgresql:\/\/app:\S+@/);
    expect(new URL(side('environment', '+').trim().replace('DATABASE_URL=', ''))).toMatchObject({
      username: '',
      password: '',
    });
  });

  it('single-server: before, a refusal with its cause; after, the row', async () => {
    const local = new URL(withPassword);
    local.username = 'app%40old-server';
    const old = side('single-server', '-').replace(/'postgresql:[^']*'/, `'${local.href}'`);
    await expect(run('single-server', '-', {}, old)).rejects.toMatchObject({
      stderr: expect.stringContaining('plain role name, not user@server'),
    });
    const now = side('single-server', '+').replace(/'postgresql:[^']*'/, `'${emulator.url}'`);
    expect(await run('single-server', '+', emulator.env, now)).toMatch(me);
  });
});
