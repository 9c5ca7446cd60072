import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startEmulator } from '@azure-pg/emulator';
import { expect, test } from 'vitest';
import { copyOfProject, versionUnderTest } from './project.ts';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
const programs = [...readme.matchAll(/```ts run\n([\s\S]*?)```/g)].map(([, program]) => program ?? '');

test('the program of the README runs as it stands', async () => {
  expect(programs).toHaveLength(1);
  const emulator = await startEmulator({ pooler: false });
  const folder = copyOfProject(versionUnderTest);
  const file = join(folder, 'readme-program.mts');
  await writeFile(file, programs[0] ?? '');
  try {
    const env = { ...process.env, ...emulator.env, DATABASE_URL: emulator.url };
    const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@azure-pg/source', file], {
      env,
    });
    expect(stdout).toBe('signed in as local-app\n');
  } finally {
    await rm(folder, { recursive: true });
    await emulator.stop();
  }
});
