import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

interface End {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

/**
 * The TypeScript programs of a package's README compile, run through the pooler, print something and end by themselves.
 *
 * @param test the address of a file in the package's folder `test`, below which its packages are found by their names.
 * @param least how many programs there are at least.
 */
export async function describeReadme(test: string, least: number): Promise<void> {
  const readme = await readFile(new URL('../README.md', test), 'utf8');
  const programs = [...readme.matchAll(/^```ts\n(.*?)^```/gms)].map(([, code]) => code as string);

  describe('the programs of the README', () => {
    let emulator: Emulator;
    let folder: string;
    beforeAll(async () => {
      emulator = await startEmulator();
      folder = await mkdtemp(fileURLToPath(new URL('./readme-', test)));
      const config = JSON.stringify({ extends: '../../tsconfig.json', include: ['*.ts'] });
      await writeFile(join(folder, 'tsconfig.json'), config);
      await Promise.all(
        programs.map((code, index) => writeFile(join(folder, `program-${index + 1}.ts`), code)),
      );
    });
    afterAll(async () => {
      await rm(folder, { recursive: true, force: true });
      await emulator.stop();
    });

    it('there are some, and they compile', async () => {
      expect(programs.length).toBeGreaterThanOrEqual(least);
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
}

function run(
  program: string,
  env: Readonly<Record<string, string>>,
  programArguments: readonly string[] = [],
): Promise<End> {
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      ['--conditions=@azure-pg/source', program, ...programArguments],
      { env: { ...process.env, NODE_OPTIONS: '', ...env } },
      (_, output, errors) => resolve({ code: child.exitCode ?? -1, output, errors }),
    );
  });
}
