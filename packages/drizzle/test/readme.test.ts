import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, expect, test } from 'vitest';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
const programs = [...readme.matchAll(/```ts run\n([\s\S]*?)```/g)].map(([, program]) => program ?? '');

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
  await emulator.query('grant create on schema public to "local-app"');
});
afterAll(() => emulator.stop());

test.each([
  [0, 'found Oslo\n'],
  [1, 'signed in as local-app\n'],
])('program %i of the README runs as it stands', async (index, output) => {
  const file = fileURLToPath(new URL(`./readme-program-${index}.mts`, import.meta.url));
  await writeFile(file, programs[index] ?? '');
  try {
    const env = { ...process.env, ...emulator.env, DATABASE_URL: emulator.url };
    const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@azure-pg/source', file], {
      env,
    });
    expect(stdout).toBe(output);
  } finally {
    await rm(file);
  }
});

test('there is no program beside these', () => {
  expect(programs).toHaveLength(2);
});
