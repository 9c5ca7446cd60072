import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
const programs = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) => code as string);
const run = promisify(execFile);

let folder: string;
beforeAll(async () => {
  // Beside the tests, so that the package finds itself by its name.
  folder = await mkdtemp(fileURLToPath(new URL('./programs/readme-', import.meta.url)));
  await Promise.all(programs.map((code, index) => writeFile(join(folder, `program-${index}.ts`), code)));
  await writeFile(
    join(folder, 'tsconfig.json'),
    JSON.stringify({
      extends: '../../../tsconfig.json',
      compilerOptions: { isolatedDeclarations: false },
      include: ['*.ts'],
    }),
  );
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('there are programs in the README, and they compile', async () => {
  expect(programs.length).toBeGreaterThanOrEqual(3);
  const compiler = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url));
  await run(process.execPath, [compiler, '--project', folder]);
});

test.each(programs.map((code, index) => [index, code] as const))(
  'program %i of the README runs',
  async (index, code) => {
    expect(code).toContain("from '@azure-pg/emulator'");
    const { stdout } = await run(
      process.execPath,
      ['--conditions=@azure-pg/source', join(folder, `program-${index}.ts`)],
      { env: { ...process.env, NODE_OPTIONS: '' } },
    );
    if (code.includes('console.log(')) expect(stdout).toContain('[ { id: 1 } ]');
  },
);
