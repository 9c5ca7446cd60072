import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { resolveConnection } from '@azure-pg/core';
import { openSession } from '@azure-pg/core/tooling';
import { type Emulator, type Identity, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, expect, test } from 'vitest';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
const [, commands = '', objectId = ''] =
  /^```sh\n(azure-pg role create my-app --object-id (\S+) .*?)^```/ms.exec(readme) ?? [];

let emulator: Emulator;
let folder: string;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
  await emulator.query('CREATE DATABASE app OWNER azure_pg_admin');
  folder = await mkdtemp(join(tmpdir(), 'azure-pg-readme-'));
  const bin = fileURLToPath(new URL('../src/bin.ts', import.meta.url));
  const program = join(folder, 'azure-pg');
  await writeFile(
    program,
    `#!/bin/sh\nexec "${process.execPath}" --no-warnings --conditions=@azure-pg/source "${bin}" "$@"\n`,
  );
  await chmod(program, 0o755);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await emulator?.stop();
});

/** As a program does it: a URL without user and password, and its identity. */
async function as(identity: Identity | undefined, database: string, sql: string): Promise<unknown> {
  const credential = emulator.entra.credential(identity === undefined ? {} : { identity });
  const connection = resolveConnection(emulator.url, { credential, database }, {});
  await using session = await openSession(connection);
  const results = await session.query(sql);
  return results.at(-1)?.rows;
}

const refused = (done: Promise<unknown>): Promise<unknown> =>
  done.then(
    () => 'done',
    (error: { serverError?: { code: string } }) => error.serverError?.code,
  );

test('the two commands of the README, as printed, make a working role of least privilege', async () => {
  const identity = await emulator.createIdentity({ name: 'my-app', objectId, role: false });
  await as(undefined, 'app', 'CREATE TABLE notes (id bigserial PRIMARY KEY, text text)');
  await as(undefined, 'postgres', 'CREATE TABLE public.others (id int)');
  expect(await refused(as(identity, 'app', 'SELECT 1'))).toBe('28P01');

  expect(commands.trim().split('\n')).toHaveLength(2);
  const env = { PATH: `${folder}:${process.env.PATH}`, ...emulator.env, DATABASE_URL: emulator.url };
  const { stderr } = await promisify(execFile)('sh', ['-e', '-c', commands], { env });
  expect(stderr).toBe('');

  // Made later, by the administrators as their owner.
  await as(
    undefined,
    'app',
    'SET ROLE azure_pg_admin; CREATE TABLE later (id bigserial PRIMARY KEY, text text)',
  );
  for (const table of ['notes', 'later']) {
    await as(identity, 'app', `INSERT INTO ${table} (text) VALUES ('from ' || current_user)`);
    expect(await as(undefined, 'app', `SELECT * FROM ${table}`)).toEqual([['1', 'from my-app']]);
    expect(await refused(as(identity, 'app', `DROP TABLE ${table}`))).toBe('42501');
    expect(await refused(as(identity, 'app', `TRUNCATE ${table}`))).toBe('42501');
  }
  expect(await refused(as(identity, 'app', 'CREATE TABLE mine (id int)'))).toBe('42501');
  expect(await refused(as(identity, 'app', 'CREATE SCHEMA mine'))).toBe('42501');
  expect(await refused(as(identity, 'postgres', 'SELECT * FROM public.others'))).toBe('42501');
  expect(
    await emulator.query(
      "SELECT rolsuper, rolcreaterole, rolcreatedb, (SELECT count(*)::int FROM pg_auth_members WHERE member = r.oid) AS memberships FROM pg_roles r WHERE rolname = 'my-app'",
    ),
  ).toEqual([{ rolsuper: false, rolcreaterole: false, rolcreatedb: false, memberships: 0 }]);
});
