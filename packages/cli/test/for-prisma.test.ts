import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificateAuthority, type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { copyOfProject } from '../../prisma/test/project.ts';
import { type Ran, runCli } from './run-cli.ts';

let emulator: Emulator;
let folder: string;
let prisma: string;
let url: string;
beforeAll(async () => {
  emulator = await startEmulator({ host: 'localhost' });
  folder = mkdtempSync(join(tmpdir(), 'azure-pg-for-prisma-'));
  url = urlWith(emulator.ca.file);
  prisma = join(folder, 'prisma');
  // In its place: what its schema engine would get, and what is in the file that the URL names.
  const script = `#!${process.execPath}
    const url = process.env.DATABASE_URL;
    const file = new URL(url).searchParams.get('sslcert');
    const root = file && require('node:fs').readFileSync(file, 'utf8');
    process.stdout.write(JSON.stringify({ url, file, root }));`;
  writeFileSync(prisma, script, { mode: 0o755 });
}, 90_000);
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await emulator?.stop();
});

/** No address besides the name, which Prisma's engine could not use. */
const urlWith = (roots: string): string =>
  `postgresql://localhost:${emulator.ports.direct}/postgres?auth=entra&sslmode=verify-full&sslrootcert=${encodeURIComponent(roots)}&schema=other&connection_limit=1`;

const cli = (...args: string[]): Promise<Ran> => runCli(args, { env: emulator.env });

async function bundle(): Promise<string> {
  const file = join(folder, 'bundle.pem');
  writeFileSync(file, `${(await createCertificateAuthority('another')).pem}\n${emulator.ca.pem}`);
  return file;
}

const verifying = { sslmode: 'require', sslaccept: 'strict', schema: 'other', connection_limit: '1' };

describe('a URL that Prisma’s engine verifies', () => {
  test('is what exec gives Prisma, with the one root that counts, for as long as it runs', async () => {
    const { stdout, stderr } = await cli('exec', '--url', urlWith(await bundle()), '--', prisma, 'migrate');
    expect(stderr).toBe('');
    const { url: given, file, root } = JSON.parse(stdout) as Record<'url' | 'file' | 'root', string>;
    expect(new URL(given).password).toMatch(/^eyJ/);
    expect(Object.fromEntries(new URL(given).searchParams)).toMatchObject(verifying);
    expect(root.trim()).toBe(emulator.ca.pem.trim());
    expect(existsSync(file)).toBe(false);
  });

  test('is what url prints for Prisma, with a file that lasts', async () => {
    const { stdout, stderr } = await cli('url', '--for', 'prisma', url);
    expect(stderr).toBe('');
    const { searchParams } = new URL(stdout.trim());
    expect(Object.fromEntries(searchParams)).toMatchObject({ ...verifying, sslcert: emulator.ca.file });
    expect(readFileSync(String(searchParams.get('sslcert')), 'utf8').trim()).toBe(emulator.ca.pem.trim());
  });

  test('is not printed where there is no such file', async () => {
    const { code, stdout, stderr } = await cli('url', '--for', 'prisma', urlWith(await bundle()));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr.replace(/\s+/g, ' ')).toMatch(/there is none that lasts.*azure-pg exec/);
  });

  test('holds no token without --show on a terminal, and none with --no-secret', async () => {
    const { stdout } = await cli('url', '--for', 'prisma', '--no-secret', url);
    expect(stdout).not.toContain('eyJ');
  });

  test('is chosen by --for where the command does not say', async () => {
    const seed = url.replace(/&schema=.*/, '');
    const own = await cli('exec', '--url', seed, '--', prisma, 'db', 'seed');
    expect(JSON.parse(own.stdout).url).toContain('sslmode=verify-full');
    const asked = await cli('exec', '--for', 'prisma', '--url', url, '--', prisma, 'db', 'seed');
    expect(JSON.parse(asked.stdout).url).toContain('sslaccept=strict');
    const libpq = await cli('exec', '--for', 'libpq', '--url', seed, '--', prisma, 'migrate');
    expect(JSON.parse(libpq.stdout).url).toContain('sslmode=verify-full');
  });

  test('is never given for a server that is not verified as the settings say', async () => {
    const stranger = join(folder, 'stranger.pem');
    writeFileSync(stranger, (await createCertificateAuthority('A stranger')).pem);
    emulator.entra.clearRequests();
    const { code, stdout } = await cli('exec', '--url', urlWith(stranger), '--', prisma, 'migrate');
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(emulator.entra.requests).toEqual([]);
  });
});

test('Prisma’s own command line migrates with it', { timeout: 120_000, tags: ['slow'] }, async () => {
  const project = copyOfProject('newest');
  try {
    cpSync(new URL('../../prisma/test/project', import.meta.url), project, { recursive: true });
    writeFileSync(
      join(project, 'prisma.config.ts'),
      "export default { schema: 'schema.prisma', datasource: { url: process.env.DATABASE_URL } };",
    );
    await emulator.query('CREATE SCHEMA other; GRANT ALL ON SCHEMA public, other TO public');
    const program = join(project, 'node_modules', 'prisma', 'build', 'index.js');
    const log = join(project, 'engine.log');
    const { code, stdout, stderr } = await runCli(
      ['exec', '--url', url, '--', process.execPath, program, 'migrate', 'deploy'],
      {
        cwd: project,
        env: {
          ...emulator.env,
          CHECKPOINT_DISABLE: '1',
          PRISMA_HIDE_UPDATE_MESSAGE: '1',
          PRISMA_SCHEMA_ENGINE_BINARY: join(project, 'engine.mjs'),
          NODE_OPTIONS: '--conditions=@azure-pg/source',
          ENGINE_LOG: log,
        },
      },
    );
    expect(code, stdout + stderr).toBe(0);
    expect(stdout).toContain('successfully applied');
    expect(readFileSync(log, 'utf8')).toContain('sslaccept=strict');
  } finally {
    rmSync(project, { recursive: true, force: true });
  }
});
