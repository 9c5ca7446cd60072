import { resolveConnection } from '@azure-pg/core';
import { CommandError } from '../command-error.ts';
import type { CommandContext } from '../context.ts';
import { databaseUrl } from '../exec/environment.ts';
import { libpqSecurity } from '../exec/libpq-security.ts';
import { lastingRootsFile } from '../exec/roots-file.ts';
import { connectionForPrisma } from '../for-prisma.ts';
import { freshSignIn } from '../fresh-sign-in.ts';
import { sideOf } from '../side.ts';

export interface SecretFlags {
  readonly show?: boolean;
}

/** Refuses to put a secret on a terminal, where it stays in the scrollback, in view of bystanders. */
export function refuseTerminal(
  { stdout }: CommandContext,
  what: string,
  { show = false }: SecretFlags,
): void {
  if (stdout.isTTY !== true || show) return;
  throw new CommandError(`${what} is a secret and is not written to a terminal`, {
    exitCode: 2,
    hint: 'Send it to a pipe or a file, or add --show.',
  });
}

export interface UrlFlags extends SecretFlags {
  readonly pooled?: boolean;
  readonly secret?: boolean;
  /** Whom it is for. Default: libpq, and what understands its parameters. */
  readonly for?: 'prisma' | 'libpq';
}

/** `azure-pg url`: DATABASE_URL with a fresh token in it. */
export async function urlCommand(
  context: CommandContext,
  url: string | undefined,
  flags: UrlFlags,
): Promise<void> {
  if (flags.secret !== false) refuseTerminal(context, 'The URL with its token', flags);
  context.stdout.write(`${await urlFor(context, url, flags)}\n`);
}

async function urlFor(context: CommandContext, url: string | undefined, flags: UrlFlags): Promise<string> {
  if (flags.for === 'prisma') {
    const { connection, engineUrl } = connectionForPrisma(context, url, flags.pooled);
    return flags.secret === false ? connection.toString() : engineUrl('lasting');
  }
  const connection = sideOf(resolveConnection(url, undefined, context.env), flags.pooled);
  if (flags.secret === false) return connection.toString();
  // Before a token is fetched: what could not be sent need not be there.
  const roots = lastingRootsFile(connection);
  libpqSecurity(connection, roots);
  return databaseUrl(connection, await freshSignIn(connection), roots);
}
