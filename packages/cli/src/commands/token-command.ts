import { resolveConnection } from '@azure-pg/core';
import { CommandError } from '../command-error.ts';
import type { CommandContext } from '../context.ts';
import { freshSignIn } from '../fresh-sign-in.ts';
import { refuseTerminal, type SecretFlags } from './url-command.ts';

/** `azure-pg token`: what the connection signs in with, and nothing else. */
export async function tokenCommand(
  context: CommandContext,
  url: string | undefined,
  flags: SecretFlags & { readonly json?: boolean },
): Promise<void> {
  refuseTerminal(context, 'The token', flags);
  const connection = resolveConnection(url, undefined, context.env);
  const { user, password, expiresAt } = await freshSignIn(connection);
  if (password === undefined) {
    throw new CommandError('This connection signs in without a token or password', {
      hint: 'For an Entra token write auth=entra.',
    });
  }
  const expires = expiresAt === undefined ? null : new Date(expiresAt).toISOString();
  context.stdout.write(
    flags.json ? `${JSON.stringify({ user, token: password, expires })}\n` : `${password}\n`,
  );
}
