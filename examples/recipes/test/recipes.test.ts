import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { transform } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { generatePrismaClient } from './support/prisma-client.ts';
import { runProgram } from './support/run-program.ts';

const text = await readFile(new URL('../../../docs/other-drivers.md', import.meta.url), 'utf8');
const recipes = [...text.matchAll(/^```(?:js|ts) (\S+)\n(.*?)^```$/gms)]
  .map(([, name = '', code = '']) => ({ name, code }))
  // Just the token, which is run where tokens expire.
  .filter(({ name }) => name !== 'pg');

const here = fileURLToPath(new URL('..', import.meta.url));
let folder: string;
beforeAll(async () => {
  // Within this package, where the programs find what they import.
  folder = await mkdtemp(join(here, 'test/run-'));
  await mkdir(join(folder, 'migrations'));
  await writeFile(
    join(folder, 'migrations/1700000000000_notes.mjs'),
    "export const up = (pgm) => pgm.createTable('notes', { text: 'text' });",
  );
  await generatePrismaClient(folder);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const run = async (file: string, env: Record<string, string | undefined>): Promise<string> => {
  const { stdout, stderr } = await runProgram(file, env);
  // graphile-worker tells what it does.
  expect(stderr.replace(/^.*\[(?:core|worker|job)\b.*$/gm, '').trim()).toBe('');
  return stdout;
};

/** A module of NestJS, in a program that asks it for what it exports. */
const nest: Record<string, string> = {
  'nestjs-drizzle': `
    import { sql } from 'drizzle-orm';
    const app = await NestFactory.createApplicationContext(DatabaseModule, { logger: false });
    console.log((await app.get(DATABASE).execute(sql\`select current_user as who\`)).rows[0]);
    await app.close();`,
  'nestjs-prisma': `
    const app = await NestFactory.createApplicationContext(PrismaModule, { logger: false });
    console.log((await app.get(PrismaService).$queryRaw\`select current_user::text as who\`)[0]);
    await app.close();`,
};

async function programOf({ name, code }: { name: string; code: string }): Promise<string> {
  const file = join(folder, `${name}.mjs`);
  const use = nest[name];
  if (use === undefined) {
    await writeFile(file, code);
    return file;
  }
  const whole = `import 'reflect-metadata'; import { NestFactory } from '@nestjs/core'; ${code} ${use}`;
  const options = { experimentalDecorators: true, target: 'es2022' } as const;
  const { code: made } = await transform(whole, { loader: 'ts', tsconfigRaw: { compilerOptions: options } });
  await writeFile(file, made);
  return file;
}

it('there is a recipe for each of the libraries', () => {
  expect(recipes.map(({ name }) => name)).toEqual([
    'pg-promise',
    'node-pg-migrate',
    'pg-boss',
    'graphile-worker',
    'connect-pg-simple',
    'fastify-postgres',
    'nestjs-drizzle',
    'nestjs-prisma',
  ]);
});

// The pooler is where they could go wrong.
describe.each(['pooled', 'direct'] as const)('%s', (route) => {
  const options = { tags: route === 'direct' ? ['slow'] : [] };
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator({ pooler: { adversarial: true } });
  });
  afterAll(() => emulator.stop());

  it.each(recipes)('$name runs as it stands, and ends by itself', options, async (recipe) => {
    const file = await programOf(recipe);
    const url =
      route === 'direct' ? emulator.url : `${emulator.pooledUrl}&direct_port=${emulator.ports.direct}`;
    const output = await run(file, { ...emulator.env, DATABASE_URL: url });
    expect(output).toMatch(/who: 'local-app'|"who":"local-app"/);
  });
});
