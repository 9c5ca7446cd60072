import { execFileSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describeExample } from '@azure-pg/contract/describe-example';
import { beforeAll } from 'vitest';

const folder = fileURLToPath(new URL('..', import.meta.url));
const prisma = createRequire(import.meta.url).resolve('prisma/build/index.js');

beforeAll(() => {
  // The client needs no engine; any file keeps Prisma from fetching one.
  const quiet = { CHECKPOINT_DISABLE: '1', PRISMA_SCHEMA_ENGINE_BINARY: process.execPath };
  const placeholder = {
    DATABASE_URL: 'postgresql://localhost/postgres',
    NODE_OPTIONS: '--conditions=@azure-pg/source',
  };
  const env = { ...process.env, ...quiet, ...placeholder };
  execFileSync(process.execPath, [prisma, 'generate', '--no-hints'], { cwd: folder, env, stdio: 'pipe' });
});

describeExample(new URL('../src/main.ts', import.meta.url));
