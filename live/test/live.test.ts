import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Emulator, type Identity, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { questions } from '../questions.ts';

// Against the emulator. What it answers is what it assumes of Azure: after a change of it, vitest run live --update.

let emulator: Emulator;
let admin: Identity;
beforeAll(async () => {
  emulator = await startEmulator();
  admin = await emulator.createIdentity({ name: 'azure-pg-live-admin', role: { admin: true } });
});
afterAll(() => emulator.stop());

const run = (file: string, args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  promisify(execFile)(
    process.execPath,
    [
      '--conditions=@azure-pg/source',
      '--disable-warning=ExperimentalWarning',
      fileURLToPath(new URL(`../${file}`, import.meta.url)),
      ...args,
    ],
    { env: { PATH: process.env.PATH, TMPDIR: process.env.TMPDIR, ...env }, timeout: 110_000 },
  ).catch((error: { stdout: string; stderr: string }) => error);

test('every question is answered as is assumed, and every adapter held', { timeout: 120_000 }, async () => {
  const { stdout, stderr } = await run('run.ts', ['--here'], {
    ...emulator.env,
    LIVE_URL: emulator.url,
    LIVE_POOLED_URL: emulator.pooledUrl,
    LIVE_ADMIN_CLIENT_ID: admin.clientId ?? '',
    LIVE_ROLE: 'local-app',
  });
  expect(stdout, stderr).toMatch(/\n\d{2,} held, 0 failed\n/);
  const rows = [...stdout.matchAll(/^\| (differs)? +\| (.+?) +\| (.+?) +\| (.*?) +\|$/gm)].slice(1);
  const answers = Object.fromEntries(
    questions.map(({ id, asks }) => [id, rows.find(([, , asked]) => asked === asks)?.[3]]),
  );
  await expect(`${JSON.stringify(answers, null, 2)}\n`).toMatchFileSnapshot('../assumed.json');
});

test('a dry run says what would be done, and does nothing', async () => {
  const { stdout } = await run('run.ts', ['--resource-group', 'my group', '--dry-run']);
  expect(stdout).toContain("az group create --name 'my group' --location westeurope");
  expect(stdout).toContain('az deployment group create');
  expect(stdout).toContain('az containerapp job start');
  expect(stdout).not.toContain('delete');
});

test('without the Azure CLI, and without a group, it says what is missing', async () => {
  expect(await run('run.ts', ['--resource-group', 'g'], { PATH: '/nowhere' })).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('az login'),
  });
  expect(await run('run.ts', [])).toMatchObject({
    code: 1,
    stderr: expect.stringContaining('--resource-group'),
  });
});

test.each([
  ['--here', '--dry-run'],
  ['--here', '--remove', '--resource-group', 'g'],
  ['--here'],
  ['--resource-grup', 'g'],
  ['--resource-group', '', '--remove'],
  ['g'],
])('%s %s says in one line what is wrong, and does nothing', async (...args) => {
  expect(await run('run.ts', args)).toMatchObject({
    code: 1,
    stdout: '',
    stderr: expect.stringMatching(/^.+\n$/),
  });
});

test.each(['another', ''])('a group marked "%s" is neither removed nor used', async (found) => {
  const folder = await mkdtemp(join(tmpdir(), 'live-az-'));
  const says = `#!/bin/sh\necho "$*" >> "$0.log"\ncase "$*" in "group show"*) echo "${found}";; "group exists"*) echo true;; esac\n`;
  await writeFile(join(folder, 'az'), says, { mode: 0o755 });
  const env = { PATH: `${folder}:${process.env.PATH}` };
  try {
    for (const more of [['--remove'], []]) {
      const { stderr } = await run('run.ts', ['--resource-group', 'g', ...more], env);
      expect(stderr).toMatch(/^"g" .*\n$/);
    }
    expect((await readFile(join(folder, 'az.log'), 'utf8')).match(/^group (?!show|exists).*/gm)).toBeNull();
  } finally {
    await rm(folder, { recursive: true });
  }
});
