import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { EmulatorError } from '../emulator-error.ts';
import { cached } from '../machine/cache-folder.ts';
import { runProgram } from '../machine/run-program.ts';
import { giveToServers, serverAccount } from '../machine/server-account.ts';
import { azureFunctions } from './azure-functions.ts';
import type { PostgresBinaries } from './postgres-binaries.ts';
import { hasBuiltinLocales } from './versions.ts';

/** The superuser. Azure has one of this name too, and nobody can sign in as it. */
export const superuser = 'azuresu';

/** Of a version of PostgreSQL. The built-in C.UTF-8, which came with 17, is the same on every machine. Small WAL segments make the copy small. */
const initdbOptionsOf = (version: string): readonly string[] => [
  '--auth=trust',
  `--username=${superuser}`,
  '--encoding=UTF8',
  ...(hasBuiltinLocales(version) ? ['--locale-provider=builtin', '--builtin-locale=C.UTF-8'] : []),
  '--locale=C',
  '--wal-segsize=1',
  '--no-sync',
  '--no-instructions',
];

/** Makes `target` an initialised data directory: a copy of the one that the first call on this machine has made. */
export async function initialiseData(binaries: PostgresBinaries, target: string): Promise<void> {
  const initdbOptions = initdbOptionsOf(binaries.version);
  const key = createHash('sha256')
    .update(
      [binaries.version, process.arch, serverAccount?.uid ?? '', ...initdbOptions, azureFunctions].join('\0'),
    )
    .digest('hex')
    .slice(0, 16);
  const template = await cached(`data-${binaries.version}-${key}`, async (draft) => {
    await mkdir(draft, { mode: 0o700 });
    await giveToServers(draft);
    const env = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };
    await runProgram(binaries.initdb, ['-D', draft, ...initdbOptions], { asServer: true, env }).catch(
      explain,
    );
    const single = ['--single', '-j', '-F', '-c', 'exit_on_error=on', '-D', draft, 'postgres'];
    await runProgram(binaries.postgres, single, { asServer: true, env, input: azureFunctions });
  });
  await copyData(template, target);
}

/** Makes `target` a copy of the data directory of a server that does not run. */
export async function copyData(source: string, target: string): Promise<void> {
  await mkdir(target, { mode: 0o700 });
  await giveToServers(target);
  // cp knows the file system's own way of copying without copying.
  const clone = process.platform === 'darwin' ? ['-c'] : [];
  await runProgram('cp', ['-R', ...clone, `${source}/.`, target], { asServer: true });
}

function explain(cause: unknown): never {
  const message = cause instanceof Error ? cause.message : String(cause);
  throw new EmulatorError('POSTGRES_UNAVAILABLE', `PostgreSQL could not make a data directory. ${message}.`, {
    ...(/could not look up effective user ID/.test(message) && {
      hint: 'PostgreSQL needs a user with an entry in /etc/passwd.',
    }),
    cause,
  });
}
