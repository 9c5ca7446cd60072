import type { Command } from 'commander';
import type { CommandContext } from './context.ts';

/** What a URL may not say, because it decides to whom the identity's secrets go, and the variable that may. */
const flags = [
  [
    '--allowed-hosts <hosts>',
    'allowedHosts',
    'AZURE_PG_ALLOWED_HOSTS',
    'hosts of yours that may get a token',
  ],
  ['--authority-host <url>', 'authorityHost', 'AZURE_AUTHORITY_HOST', 'the Entra sign-in service'],
  ['--scope <scope>', 'scope', 'AZURE_PG_SCOPE', 'what the token is for'],
] as const;

/** Gives every command the flags for what is refused in a URL. */
export function addTrustFlags(root: Command, context: CommandContext): void {
  for (const command of root.commands) {
    for (const [flag, , variable, text] of flags) command.option(flag, `${text} (${variable})`);
  }
  root.hook('preAction', (_, action) => {
    const given = action.optsWithGlobals() as Record<string, string | undefined>;
    for (const [, name, variable] of flags) {
      if (given[name] !== undefined) context.env = { ...context.env, [variable]: given[name] };
    }
  });
}
