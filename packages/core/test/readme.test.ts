import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, expect, it } from 'vitest';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
const programs = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) => code as string);

let emulator: Emulator;
let folder: string;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
  // Beside the tests, so that the package finds itself by its name.
  folder = await mkdtemp(fileURLToPath(new URL('./readme-', import.meta.url)));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await emulator?.stop();
});

async function run(code: string): Promise<string> {
  const file = join(folder, 'program.ts');
  await writeFile(file, code);
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@azure-pg/source', file], {
    env: { ...process.env, ...emulator.env, DATABASE_URL: emulator.url },
  });
  return stdout;
}

it('the README shows two programs', () => {
  expect(programs).toHaveLength(2);
});

it('the password function of the README gives a token', async () => {
  const token = await run(`${programs[0]}\nconsole.log(await password());`);
  expect(token.split('.')).toHaveLength(3);
});

it('the two doors of the README open, and say what their comments say', async () => {
  expect(await run(programs[1] as string)).toBe('verify-full derived\nlocal-app true\n');
});
