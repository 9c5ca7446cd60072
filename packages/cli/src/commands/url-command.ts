import { resolveConnection } from '@azure-pg/core';
import { CommandError } from '../command-error.ts';
import type { CommandContext } from '../context.ts';
import { databaseUrl } from '../exec/environment.ts';
import { handedOverSslMode } from '../exec/handed-over-sslmode.ts';
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

/** `azure-pg url`: DATABASE_URL with a fresh token in it. */
export async function urlCommand(
  context: CommandContext,
  url: string | undefined,
  flags: SecretFlags & { readonly pooled?: boolean; readonly secret?: boolean },
): Promise<void> {
  const connection = sideOf(resolveConnection(url, undefined, context.env), flags.pooled);
  if (flags.secret === false) {
    context.stdout.write(`${connection.toString()}\n`);
    return;
  }
  refuseTerminal(context, 'The URL with its token', flags);
  // Before a token is fetched: what could not be sent need not be there.
  handedOverSslMode(connection);
  const signIn = await freshSignIn(connection);
  context.stdout.write(`${databaseUrl(connection, signIn)}\n`);
}
