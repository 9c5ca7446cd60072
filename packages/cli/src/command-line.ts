import { AzurePgError, explainError } from '@azure-pg/core';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import packageJson from '../package.json' with { type: 'json' };
import { CommandError } from './command-error.ts';
import type { DoctorFlags } from './commands/doctor-command.ts';
import type { ExecFlags } from './commands/exec-command.ts';
import type { ProxyFlags } from './commands/proxy-command.ts';
import type { UrlFlags } from './commands/url-command.ts';
import type { CommandContext } from './context.ts';
import { renderExplanation } from './doctor/render-text.ts';
import { addRoleCommand } from './role-command-line.ts';
import { oneLine, styleFor, wrap } from './terminal.ts';
import { addTrustFlags } from './trust-flags.ts';

const urlText =
  'the database, as a URL or keyword/value pairs; without it DATABASE_URL, PGHOST, … or Service Connector’s AZURE_POSTGRESQL_…';

/**
 * Runs the command `azure-pg` and gives its exit code: 0 done, 1 it failed, 2 it was called wrongly; `exec` and `run` give their command's own.
 * Each command's code is loaded when it is called.
 */
export async function runCommandLine(argv: readonly string[], context: CommandContext): Promise<number> {
  try {
    await program(context).parseAsync([...argv], { from: 'user' });
    return context.exitCode;
  } catch (error) {
    return report(error, context);
  }
}

function program(context: CommandContext): Command {
  const root = new Command('azure-pg')
    .description('Connect to Azure Database for PostgreSQL, and find out why it does not work.')
    .version(packageJson.version)
    .enablePositionalOptions()
    .showHelpAfterError('(see azure-pg --help)')
    .configureOutput({
      writeOut: (text) => context.stdout.write(text),
      writeErr: (text) => context.stderr.write(text),
      getOutHasColors: () => styleFor(context.stdout, context.env).colors.isColorSupported,
    })
    .exitOverride()
    .addHelpText(
      'after',
      `
Examples:
  azure-pg doctor postgresql://NAME.postgres.database.azure.com/postgres
  azure-pg exec -- psql -c 'select current_user'
  azure-pg run -- node app.js
  azure-pg proxy --socket ~/.azure-pg

Exit codes: 0 done, 1 it failed, 2 called wrongly; exec and run give their command's own.`,
    );

  root
    .command('doctor')
    .description('follow the path of a connection step by step, and say what is wrong and how to fix it')
    .argument('[url]', urlText)
    .addOption(
      new Option('--format <format>', 'how to write the report')
        .choices(['text', 'json', 'markdown', 'github'])
        .default('text'),
    )
    .option('--json', 'the same as --format json')
    .option('--watch [seconds]', 'look again every so many seconds (5), until stopped', positive)
    .option('--timeout <seconds>', 'for everything', positive, 60)
    .addHelpText(
      'after',
      `
Steps: settings, DNS, TCP, TLS, token, sign-in, server, pooler.
Nothing is changed, and no secret is shown. --format markdown is for a ticket; github annotates a
workflow's run and writes its summary. --watch shows a line for each look, and all of it where the
outcome changes; with --format json a line is a report.
Exit codes: 0 the connection works (warnings count as working), 1 it does not, 2 called wrongly.

Examples:
  azure-pg doctor
  azure-pg doctor 'postgresql://NAME.postgres.database.azure.com:6432/app'
  azure-pg doctor --json | jq .cause
  azure-pg doctor --format markdown > report.md
  azure-pg doctor --watch                           # while a firewall rule or a role is changed`,
    )
    .action(
      async (
        url: string | undefined,
        { watch, ...flags }: Omit<DoctorFlags, 'watch'> & { watch?: number | true },
      ) => {
        const { doctorCommand } = await import('./commands/doctor-command.ts');
        await doctorCommand(
          context,
          url,
          watch === undefined ? flags : { ...flags, watch: watch === true ? 5 : watch },
        );
      },
    );

  root
    .command('exec')
    .description('run a command with a fresh token in its environment (PGPASSWORD, PGHOST, …, DATABASE_URL)')
    .argument('[command...]', 'the command and its arguments, after --')
    .option('--url <url>', urlText)
    .option('--pooled', 'through the pooler; by default past it, as migrations need', false)
    .addOption(forWhom('whom DATABASE_URL is for; without it the command says'))
    .option('--lasts <minutes>', 'warn when the token does not live that long', positive, 10)
    .passThroughOptions()
    .addHelpText(
      'after',
      `
Nothing secret is written to disk or put on the command line. Signals are passed on.
Exit codes: the command's own; 128 + n where signal n ended it; 127 if there is no such command.

Examples:
  azure-pg exec -- psql
  azure-pg exec -- pg_dump --format=custom --file=app.dump
  azure-pg exec --url postgresql://NAME.postgres.database.azure.com/app -- npx drizzle-kit migrate
  azure-pg exec -- npx prisma migrate deploy
  azure-pg exec --for prisma -- npm run migrate     # where npm runs Prisma`,
    )
    .action(async (command: string[], flags: ExecFlags) => {
      const { execCommand } = await import('./commands/exec-command.ts');
      await execCommand(context, command, flags);
    });

  root
    .command('run')
    .description('run a Node.js program unchanged: its pg and postgres.js sign in to Azure')
    .argument('[command...]', 'the command and its arguments, after --')
    .passThroughOptions()
    .addHelpText(
      'after',
      `
Needs @azure-pg/pg or @azure-pg/postgresjs in the current folder, and sets NODE_OPTIONS for the command and what it starts.
Connections to other servers than Azure's are left alone. Bundled programs and Jest's tests are out of reach.
Exit codes: the command's own; 128 + n where signal n ended it; 127 if there is no such command.

Examples:
  azure-pg run -- node app.js
  azure-pg run -- npm start`,
    )
    .action(async (command: string[]) => {
      const { runCommand } = await import('./commands/run-command.ts');
      await runCommand(context, command);
    });

  root
    .command('url')
    .description('print the URL with a fresh token in it, for scripts')
    .argument('[url]', urlText)
    .option('--pooled', 'the pooler’s; by default the server’s own', false)
    .addOption(forWhom('whom it is for'))
    .option('--no-secret', 'without token or password')
    .option('--show', 'also on a terminal', false)
    .addHelpText(
      'after',
      `
Prisma’s engine checks no certificate unless the URL says so in its own words: --for prisma.

Examples:
  DATABASE_URL="$(azure-pg url)" npx node-pg-migrate up
  DATABASE_URL="$(azure-pg url --for prisma)" npx prisma migrate deploy`,
    )
    .action(async (url: string | undefined, flags: UrlFlags) => {
      const { urlCommand } = await import('./commands/url-command.ts');
      await urlCommand(context, url, flags);
    });

  root
    .command('token')
    .description('print a fresh token, for scripts')
    .argument('[url]', urlText)
    .option('--json', 'with its role and time of expiry', false)
    .option('--show', 'also on a terminal', false)
    .addHelpText('after', '\nExample:\n  PGPASSWORD="$(azure-pg token)" psql')
    .action(async (url: string | undefined, flags: { json: boolean; show: boolean }) => {
      const { tokenCommand } = await import('./commands/token-command.ts');
      await tokenCommand(context, url, flags);
    });

  root
    .command('proxy')
    .description('a local socket or port without a password, for tools without Entra support')
    .option('--socket <folder>', 'a Unix socket for you alone, .s.PGSQL.5432 in this folder')
    .option('--listen <host:port>', 'a port; by default 127.0.0.1:5433, with --socket none')
    .option('--url <url>', urlText)
    .option('--pooled', 'through the pooler; by default past it', false)
    .option('--allow-remote', 'listen on an address that other machines can reach', false)
    .addHelpText(
      'after',
      `
Anyone who can connect to it is signed in as you: to a port, every user of this machine.
The client's user and password do not matter; the database it names does.

Examples:
  azure-pg proxy --socket ~/.azure-pg &
  psql -h ~/.azure-pg app
  azure-pg proxy --listen 127.0.0.1:5433     # for tools that know no Unix sockets`,
    )
    .action(async (flags: ProxyFlags) => {
      const { proxyCommand } = await import('./commands/proxy-command.ts');
      await proxyCommand(context, flags);
    });

  addRoleCommand(root, context, urlText);
  addTrustFlags(root, context);

  return root;
}

const forWhom = (description: string): Option =>
  new Option('--for <program>', description).choices(['prisma', 'libpq']);

function positive(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value <= 0) throw new InvalidArgumentError('It must be a number above 0.');
  return value;
}

/** Says what went wrong, on stderr, and gives the exit code. */
function report(error: unknown, { stderr, env }: CommandContext): number {
  // Commander has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  const style = styleFor(stderr, env);
  const name = style.colors.red('azure-pg:');
  if (error instanceof CommandError) {
    const text = `azure-pg: ${error.message}.${error.hint === undefined ? '' : ` ${error.hint}`}`;
    stderr.write(`${wrap(text, style.width).join('\n').replace('azure-pg:', name)}\n`);
    return error.exitCode;
  }
  const explanation = explainError(error);
  if (explanation === undefined) {
    const words =
      error instanceof AzurePgError
        ? oneLine(error.message)
        : error instanceof Error
          ? error.name
          : 'unknown error';
    stderr.write(`${name} ${words}\n`);
  } else {
    stderr.write(`${name} ${explanation.title}\n${renderExplanation(explanation, style)}`);
  }
  return 1;
}
