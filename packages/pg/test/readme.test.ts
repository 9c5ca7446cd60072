import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Emulator, pgbouncerAvailable, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from './support/run-program.ts';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
const programs = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) => code as string);

describe('the programs of the README run as they stand', () => {
  let emulator: Emulator;
  let folder: string;
  let url: string;
  beforeAll(async () => {
    const { available } = await pgbouncerAvailable();
    emulator = await startEmulator(available ? {} : { pooler: false });
    url = available ? `${emulator.pooledUrl}&direct_port=${emulator.ports.direct}` : emulator.url;
    // Beside the tests, so that the package finds itself by its name.
    folder = await mkdtemp(fileURLToPath(new URL('./programs/readme-', import.meta.url)));
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await emulator.stop();
  });

  it('there are some, and they compile', async () => {
    expect(programs.length).toBeGreaterThan(3);
    const config = { extends: '../../../tsconfig.json', include: ['*.ts'] };
    await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
    await Promise.all(
      programs.map((code, index) => writeFile(join(folder, `program-${index + 1}.ts`), code)),
    );
    const compiler = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url));
    const end = await runProgram(compiler, {}, ['--project', folder]);
    expect(end).toMatchObject({ code: 0, output: '' });
  });

  it.each(programs.map((code, index) => [index + 1, code] as const))('program %i', async (index, code) => {
    const end = await runProgram(join(folder, `program-${index}.ts`), { ...emulator.env, DATABASE_URL: url });
    expect(end).toMatchObject({ code: 0 });
    if (code.includes('console.log(')) expect(end.output).not.toBe('');
  });
});
