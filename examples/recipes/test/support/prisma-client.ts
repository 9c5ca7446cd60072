import { execFileSync } from 'node:child_process';
import { cp } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Makes `generated/client.ts` of this package's schema in a folder. */
export async function generatePrismaClient(folder: string): Promise<void> {
  const prisma = createRequire(import.meta.url).resolve('prisma/build/index.js');
  // The client needs no engine; any file keeps Prisma from fetching one.
  const env = { ...process.env, CHECKPOINT_DISABLE: '1', PRISMA_SCHEMA_ENGINE_BINARY: process.execPath };
  await cp(fileURLToPath(new URL('../../schema.prisma', import.meta.url)), join(folder, 'schema.prisma'));
  execFileSync(process.execPath, [prisma, 'generate', '--no-hints'], { cwd: folder, env, stdio: 'pipe' });
}
