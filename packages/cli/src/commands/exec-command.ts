import { resolveConnection } from '@azure-pg/core';
import { CommandError } from '../command-error.ts';
import type { CommandContext } from '../context.ts';
import { commandEnvironment } from '../exec/environment.ts';
import { libpqSecurity } from '../exec/libpq-security.ts';
import { rootsFileFor } from '../exec/roots-file.ts';
import { runChild } from '../exec/run-child.ts';
import { runsPrisma } from '../exec/runs-prisma.ts';
import { unknownHost } from '../exec/unknown-host.ts';
import { connectionForPrisma } from '../for-prisma.ts';
import { freshSignIn } from '../fresh-sign-in.ts';
import { sideOf } from '../side.ts';
import { oneLine } from '../terminal.ts';

export interface ExecFlags {
  readonly url?: string;
  /** Whom DATABASE_URL is for; without it the command says so. */
  readonly for?: 'prisma' | 'libpq';
  readonly pooled?: boolean;
  /** Minutes that the token must live, or there is a warning. */
  readonly lasts: number;
}

/** `azure-pg exec -- COMMAND`: the command's exit code is this one's. */
export async function execCommand(
  context: CommandContext,
  command: readonly string[],
  flags: ExecFlags,
): Promise<void> {
  if (command.length === 0) {
    throw new CommandError('No command is given', {
      exitCode: 2,
      hint: 'For example: azure-pg exec -- psql',
    });
  }
  const forPrisma = flags.for === undefined ? runsPrisma(command) : flags.for === 'prisma';
  const prisma = forPrisma ? connectionForPrisma(context, flags.url, flags.pooled) : undefined;
  const connection =
    prisma?.connection ?? sideOf(resolveConnection(flags.url, undefined, context.env), flags.pooled);
  // Before a token is fetched: what could not be sent need not be there.
  libpqSecurity(connection, undefined);
  const engineUrl = await prisma?.engineUrl('process');
  const signIn = await freshSignIn(connection);
  warnOfShortLife(context, signIn.expiresAt, flags.lasts);
  const unknown = prisma === undefined ? await unknownHost(connection) : undefined;
  if (unknown !== undefined) {
    context.stderr.write(
      `azure-pg: "${oneLine(unknown)}" is no name that this machine knows, and hostaddr is for libpq's programs (psql, pg_dump) alone. Others need azure-pg proxy, or a name in /etc/hosts.\n`,
    );
  }
  const roots = rootsFileFor(connection);
  // However this process ends, the file goes; on SIGKILL it stays, and holds nothing secret.
  process.once('exit', roots.remove);
  try {
    const env: NodeJS.ProcessEnv = { ...context.env };
    for (const [name, value] of Object.entries(commandEnvironment(connection, signIn, roots.file))) {
      if (value === undefined) delete env[name];
      else env[name] = value;
    }
    if (engineUrl !== undefined) env.DATABASE_URL = engineUrl;
    context.exitCode = await runChild(command, env);
  } finally {
    process.off('exit', roots.remove);
    roots.remove();
  }
}

function warnOfShortLife({ stderr }: CommandContext, expiresAt: number | undefined, minutes: number): void {
  if (expiresAt === undefined) return;
  const left = Math.floor((expiresAt - Date.now()) / 60_000);
  if (left >= minutes) return;
  stderr.write(
    `azure-pg: the token opens connections for ${Math.max(0, left)} more minutes. Connections that are open then stay; a command that opens new ones later needs azure-pg proxy.\n`,
  );
}
