import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, expect, it } from 'vitest';

// The README's program, and those of docs/observability.md.
const texts = await Promise.all(
  ['../README.md', '../../../docs/observability.md'].map((file) =>
    readFile(new URL(file, import.meta.url), 'utf8'),
  ),
);
const programs = [...texts.join('\n').matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) => code as string);
const printed = [
  /name: 'azure_pg\.token\.request'[\s\S]*name: 'CONNECT postgres'/,
  /Asking for an Entra token[\s\S]*Connected/,
  /^$/,
  /^true$/m,
];

let emulator: Emulator;
let folder: string;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
  // Beside the tests, so that the package finds itself by its name.
  folder = await mkdtemp(fileURLToPath(new URL('./readme-', import.meta.url)));
  const settings = { extends: '../../tsconfig.json', include: ['*.ts'] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(settings));
  await Promise.all(programs.map((code, index) => writeFile(join(folder, `program-${index}.ts`), code)));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await emulator.stop();
});

it('they compile', async () => {
  expect(programs).toHaveLength(printed.length);
  const compiler = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [compiler, '--project', folder]);
  expect(stdout).toBe('');
});

it.each(printed.map((prints, index) => [index, prints] as const))(
  'program %i runs',
  async (index, prints) => {
    const file = join(folder, `program-${index}.ts`);
    const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=@azure-pg/source', file], {
      env: { ...process.env, NODE_OPTIONS: '', ...emulator.env, DATABASE_URL: emulator.url },
    });
    expect(stdout).toMatch(prints);
  },
);
