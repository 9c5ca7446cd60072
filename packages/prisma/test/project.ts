import { execFile, execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The newest and the oldest supported version of Prisma. */
export type PrismaVersion = 'newest' | 'oldest';

/** The version that this run is for; vitest.oldest.config.ts says so. */
export const versionUnderTest: PrismaVersion =
  process.env.DRIVER_VERSION_UNDER_TEST === 'oldest' ? 'oldest' : 'newest';

const own = fileURLToPath(new URL('..', import.meta.url));
const generated = join(own, 'test', '.generated');

/** Prisma looks for news, and fetches its engines unless it is told of some; to generate a client any file will do. */
const quiet = {
  CHECKPOINT_DISABLE: '1',
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  PRISMA_QUERY_ENGINE_LIBRARY: process.execPath,
};

/**
 * A user's project: Prisma in one version, our package, and the client that this Prisma generates; made once for each state of its parts.
 * Nothing is downloaded. Our sources are copied into it, for an installed package finds the Prisma of its project, not the newest.
 *
 * @returns its folder, with `generated/client.ts` and `azure-pg-prisma/src`.
 */
export function projectOf(version: PrismaVersion): string {
  const parts = ['test/project.ts', 'test/schema.prisma', 'package.json'];
  for (const name of fs.readdirSync(join(own, 'src'))) parts.push(join('src', name));
  const state = createHash('sha256');
  for (const part of parts) state.update(part).update(fs.readFileSync(join(own, part)));
  const folder = join(generated, `${version}-${state.digest('hex').slice(0, 12)}`);
  if (!fs.existsSync(folder)) make(version, folder);
  return folder;
}

/** A copy of a project, to be changed by one test file. */
export function copyOfProject(version: PrismaVersion): string {
  const project = projectOf(version);
  const folder = fs.mkdtempSync(join(generated, 'copy-'));
  fs.cpSync(project, folder, { recursive: true, verbatimSymlinks: true });
  return folder;
}

function make(version: PrismaVersion, home: string): void {
  fs.mkdirSync(generated, { recursive: true });
  const folder = fs.mkdtempSync(join(generated, 'new-'));
  const suffix = version === 'oldest' ? '-oldest' : '';
  for (const name of ['prisma', '@prisma/client', '@prisma/adapter-pg']) link(folder, name, name + suffix);
  const others = ['@azure-pg/core', '@azure-pg/pg', '@azure/identity', 'pg'];
  const engine = ['@prisma/driver-adapter-utils', '@prisma/schema-engine-wasm'];
  for (const name of [...others, ...engine]) link(folder, name, name);
  for (const part of ['src', 'package.json']) {
    fs.cpSync(join(own, part), join(folder, 'azure-pg-prisma', part), { recursive: true });
  }
  fs.symlinkSync('../../azure-pg-prisma', join(folder, 'node_modules', '@azure-pg', 'prisma'));
  // Else it would be a part of our own package, whose name would then mean our own folder.
  fs.writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  fs.writeFileSync(join(folder, 'schema.prisma'), schemaOf(version));
  fs.writeFileSync(join(folder, 'prisma.config.ts'), "export default { schema: 'schema.prisma' };\n");
  execFileSync(process.execPath, [cliOf(folder), 'generate', '--no-hints'], {
    cwd: folder,
    env: { ...process.env, ...quiet },
    stdio: 'pipe',
  });
  try {
    fs.renameSync(folder, home);
  } catch {
    // Another process was faster.
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

function link(folder: string, name: string, installed: string): void {
  const place = join(folder, 'node_modules', name);
  fs.mkdirSync(dirname(place), { recursive: true });
  fs.symlinkSync(fs.realpathSync(join(own, 'node_modules', installed)), place);
}

/** The one schema in the words of a version: Prisma 6 wants to be told of the client without a Rust engine, and a URL. */
function schemaOf(version: PrismaVersion): string {
  const text = fs.readFileSync(join(own, 'test', 'schema.prisma'), 'utf8');
  if (version === 'newest') return text;
  return text
    .replace('"./generated"', '"./generated"\n  engineType   = "client"')
    .replace('"postgresql"', '"postgresql"\n  url      = env("DATABASE_URL")');
}

const cliOf = (folder: string): string => join(folder, 'node_modules', 'prisma', 'build', 'index.js');

/** Runs Prisma's command line in a project. */
export function runPrisma(
  folder: string,
  command: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: unknown; output: string }> {
  const options = {
    cwd: folder,
    env: {
      ...process.env,
      ...quiet,
      NO_COLOR: '1',
      JITI_TRY_NATIVE: '1',
      NODE_OPTIONS: '--conditions=@azure-pg/source',
      ...env,
    },
  };
  return new Promise((resolve) => {
    execFile(process.execPath, [cliOf(folder), ...command], options, (error, output, errors) =>
      resolve({ code: error?.code ?? 0, output: output + errors }),
    );
  });
}
