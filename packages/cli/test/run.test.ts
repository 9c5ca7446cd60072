import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtPackages } from '@azure-pg/contract';
import { startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from './run-cli.ts';

let empty: string;
let folder: string;
beforeAll(() => {
  empty = mkdtempSync(join(tmpdir(), 'azure-pg-run-'));
  folder = join(empty, 'a folder');
  // In the place of the packages: what each says that it was loaded.
  for (const name of ['pg', 'postgresjs']) {
    const place = join(folder, 'node_modules', '@azure-pg', name);
    mkdirSync(place, { recursive: true });
    writeFileSync(
      join(place, 'package.json'),
      JSON.stringify({ exports: { './register': './register.cjs' } }),
    );
    writeFileSync(
      join(place, 'register.cjs'),
      `globalThis.loaded = [...(globalThis.loaded ?? []), '${name}'];`,
    );
  }
});
afterAll(() => rmSync(empty, { recursive: true, force: true }));

const says = [
  process.execPath,
  '-e',
  'console.log(String(globalThis.loaded), process.env.NODE_OPTIONS); process.exit(7)',
];

test('what is installed is loaded before the program, beside what NODE_OPTIONS says; the exit code is the program’s', async () => {
  const env = { NODE_OPTIONS: '--max-old-space-size=123' };
  const { code, stdout, stderr } = await runCli(['run', '--', ...says], { cwd: folder, env });
  expect({ code, stderr }).toEqual({ code: 7, stderr: '' });
  expect(stdout).toMatch(/^pg,postgresjs --max-old-space-size=123 --import=file:\S+ --import=file:\S+\n$/);
});

test('one of the two is enough', async () => {
  rmSync(join(folder, 'node_modules', '@azure-pg', 'postgresjs'), { recursive: true });
  const { stdout } = await runCli(['run', '--', ...says], { cwd: folder });
  expect(stdout).toMatch(/^pg --import=file:\S+\n$/);
});

test('none is an error, and the program is not started', async () => {
  const { code, stdout, stderr } = await runCli(['run', '--', ...says], { cwd: empty });
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  expect(stderr.replace(/\s+/g, ' ')).toContain('npm install @azure-pg/pg');
});

test('no command is a wrong call', async () => {
  expect(await runCli(['run'], { cwd: folder })).toMatchObject({ code: 2 });
});

test('a program that knows nothing of Azure signs in', async () => {
  await using emulator = await startEmulator({ host: 'localhost', pooler: false });
  using built = builtPackages(
    ['core', 'pg'],
    ['pg', '@azure/identity'],
    new URL('programs/run', import.meta.url),
  );
  const url = `postgresql://localhost:${emulator.ports.direct}/postgres?auth=entra&sslmode=verify-full&sslrootcert=${encodeURIComponent(emulator.ca.file)}`;
  const env = { ...emulator.env, DATABASE_URL: url };
  const { code, stdout } = await runCli(['run', '--', process.execPath, 'app.mjs'], {
    cwd: built.folder,
    env,
  });
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'local-app\n' });
});
