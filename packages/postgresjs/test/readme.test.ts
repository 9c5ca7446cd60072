import { execFile } from 'node:child_process';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Stand, startStand } from '@azure-pg/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
const programs = [...readme.matchAll(/```ts run\n([\s\S]*?)```/g)].map(([, program]) => program ?? '');

let stand: Stand;
beforeAll(async () => {
  stand = await startStand();
});
afterAll(() => stand.stop());

test.each([
  [0, 'Ada is served by local-app\n'],
  [1, 'local-app\n'],
  [2, 'local-app\n'],
  [3, 'the 7th\n'],
])('program %i of the README runs as it stands', async (index, output) => {
  const file = fileURLToPath(new URL(`./readme-program-${index}.mts`, import.meta.url));
  await writeFile(file, programs[index] ?? '');
  try {
    const { PATH, HOME, NODE_COMPILE_CACHE } = process.env;
    const urls = { DATABASE_URL: stand.entraUrl('direct'), DATABASE_URL_POOLED: stand.entraUrl('pooled') };
    const env = { PATH, HOME, NODE_COMPILE_CACHE, ...stand.ordinary.env, ...urls };
    const args = ['--conditions=@azure-pg/source', file];
    const { stdout } = await promisify(execFile)(process.execPath, args, { env, timeout: 20_000 });
    expect(stdout).toBe(output);
  } finally {
    await rm(file);
  }
});

test('there is no program beside these', () => {
  expect(programs).toHaveLength(4);
});
