import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
const programs = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) => code as string);

function run(
  program: string,
  env: Record<string, string | undefined>,
  arguments_: readonly string[] = [],
): Promise<{ code: number | null; output: string; errors: string }> {
  const child = spawn(process.execPath, ['--conditions=@azure-pg/source', program, ...arguments_], {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const end = { output: '', errors: '' };
  child.stdout.on('data', (data) => {
    end.output += data;
  });
  child.stderr.on('data', (data) => {
    end.errors += data;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...end }));
  });
}

describe('the programs of the README', () => {
  let emulator: Emulator;
  let folder: string;
  beforeAll(async () => {
    emulator = await startEmulator();
    // Beside the tests, so that the package finds itself by its name.
    folder = await mkdtemp(fileURLToPath(new URL('./readme-', import.meta.url)));
    await writeFile(
      join(folder, 'tsconfig.json'),
      JSON.stringify({ extends: '../../tsconfig.json', include: ['*.ts'] }),
    );
    await Promise.all(
      programs.map((code, index) => writeFile(join(folder, `program-${index + 1}.ts`), code)),
    );
  });
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await emulator.stop();
  });

  it('there are some, and they compile', async () => {
    expect(programs.length).toBeGreaterThan(2);
    const compiler = fileURLToPath(new URL('../../../node_modules/typescript/bin/tsc', import.meta.url));
    expect(await run(compiler, {}, ['--project', folder])).toMatchObject({ code: 0, output: '' });
  });

  it.each(programs.map((_code, index) => index + 1))(
    'program %i runs, and ends by itself',
    async (number) => {
      const url = `${emulator.pooledUrl}&direct_port=${emulator.ports.direct}`;
      const end = await run(join(folder, `program-${number}.ts`), { ...emulator.env, DATABASE_URL: url });
      expect(end).toMatchObject({ code: 0, errors: '' });
      expect(end.output).not.toBe('');
    },
  );
});
