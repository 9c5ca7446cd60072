import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, expect, it } from 'vitest';

// The programs of docs/ that use this package alone; other-drivers.md has a test of its own.

let emulator: Emulator;
let folder: string;
beforeAll(async () => {
  emulator = await startEmulator();
  // Beside the tests, so that the package finds itself by its name.
  folder = await mkdtemp(fileURLToPath(new URL('./pages-', import.meta.url)));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await emulator?.stop();
});

/** Runs the program at this place of a page, between what it takes for granted and what shows what it did. */
async function run(page: string, at: number, { before = '', after = '' }): Promise<unknown> {
  const text = await readFile(new URL(`../../../docs/${page}`, import.meta.url), 'utf8');
  const [, code] = [...text.matchAll(/^```(?:ts|js)\n(.*?)^```/gms)][at] ?? [];
  const file = join(folder, 'program.ts');
  await writeFile(file, `${before}\n${code}\n${after}`);
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@azure-pg/source', file], {
    env: { ...process.env, ...emulator.env, DATABASE_URL: `${emulator.pgbouncer?.url}&pool_mode=detect` },
  });
  return JSON.parse(stdout);
}

it('connection-strings.md: a URL without secrets, and what was derived', async () => {
  const after = `console.log(JSON.stringify([String(connection), connection.auth, connection.sourceOf('sslmode'), connection.pooled().hosts[0].port]));`;
  const [text, ...derived] = (await run('connection-strings.md', 0, { after })) as string[];
  expect(text).toMatch(/^postgresql:\/\/myapp@myserver\.postgres\.database\.azure\.com/);
  expect(derived).toEqual(['entra', 'derived', 6432]);
});

it('credentials.md: a credential is taken as it is', async () => {
  const after = `console.log(JSON.stringify('taken'));`;
  expect(await run('credentials.md', 0, { after })).toBe('taken');
});

it('credentials.md: a provider gives a token, and says until when', async () => {
  const before = `import { DefaultAzureCredential } from '@azure/identity'; const credential = new DefaultAzureCredential();`;
  const after = `console.log(JSON.stringify({ parts: token.split('.').length, left: expiresOnTimestamp - Date.now(), role }));`;
  const given = (await run('credentials.md', 1, { before, after })) as Record<string, number>;
  expect(given.parts).toBe(3);
  expect(given.left).toBeGreaterThan(60_000);
});

it('pgbouncer.md: what the pooler is, and how that is known', async () => {
  const after = 'console.log(JSON.stringify({ poolMode, preparedStatements, evidence }));';
  expect(await run('pgbouncer.md', 0, { after })).toMatchObject({
    poolMode: 'transaction',
    evidence: expect.arrayContaining(['invented process id', 'transaction allowed']),
  });
});
