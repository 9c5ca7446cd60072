import { type Command, Option } from 'commander';
import type { CheckFlags, CreateFlags, GrantFlags, LookFlags } from './commands/role-command.ts';
import type { CommandContext } from './context.ts';
import { principalTypes } from './role/create-role-sql.ts';
import { accesses } from './role/grant-sql.ts';

const nameText = 'the role’s name, as the program signs in: a display name, a user’s sign-in name';

/** Adds `azure-pg role` and what is below it. */
export function addRoleCommand(root: Command, context: CommandContext, urlText: string): void {
  const role = root
    .command('role')
    .description('create roles for Entra principals, grant them privileges, list and check them')
    .addHelpText(
      'after',
      `
As an Entra administrator of the server. Done again, a command changes nothing.
Example:
  azure-pg role create my-app --object-id OBJECT_ID --type service
  azure-pg role grant my-app --database app --access write
  azure-pg role check my-app --database app`,
    );
  const load = () => import('./commands/role-command.ts');
  const add = (name: string, description: string): Command =>
    role
      .command(name)
      .description(description)
      .option('--url <url>', urlText)
      .option('--as <role>', 'the administrator’s role to sign in as, if the URL names another role or none')
      .option('--dry-run', 'print the SQL, for psql, and connect to nothing', false);

  add('create', 'create the role of a principal; an existing one that stands for nobody is mapped')
    .argument('<name>', nameText)
    .option('--object-id <id>', 'of the principal; without it the server looks the name up in its directory')
    .addOption(
      new Option(
        '--type <type>',
        'of the principal; applications and managed identities are services (default: service)',
      ).choices(principalTypes),
    )
    .option('--admin', 'an Entra administrator of the server', false)
    .option('--mfa', 'demand multi-factor authentication, of a user', false)
    .addHelpText('after', '\nExample:\n  azure-pg role create my-app --object-id OBJECT_ID')
    .action(async (name: string, flags: CreateFlags) =>
      (await load()).createRoleCommand(context, name, flags),
    );

  add('grant', 'let a role read, write or create tables in one schema, future ones included')
    .argument('<name>', nameText)
    .requiredOption('--database <name>', 'the database')
    .addOption(
      new Option('--access <access>', 'owner: may also create tables, as migrations do')
        .choices(accesses)
        .makeOptionMandatory(),
    )
    .option('--schema <name>', 'the schema', 'public')
    .addHelpText(
      'after',
      `
Nothing is taken away. What the role may do in the end is printed.
Example:
  azure-pg role grant my-app --database app --access write`,
    )
    .action(async (name: string, flags: GrantFlags) => (await load()).grantRoleCommand(context, name, flags));

  add('list', 'all roles that stand for a principal')
    .option('--json', 'as JSON', false)
    .addHelpText('after', '\nExample:\n  azure-pg role list')
    .action(async (flags: LookFlags) => (await load()).listRolesCommand(context, flags));

  add('check', 'whether a role exists, whom it stands for, whether they can sign in, and what it may do')
    .argument('<name>', nameText)
    .option('--database <name>', 'show what it may do there; default: the URL’s')
    .option('--schema <name>', 'and in which schema', 'public')
    .option('--json', 'as JSON', false)
    .addHelpText(
      'after',
      '\nExit codes: 0 its principal can sign in, 1 not.\nExample:\n  azure-pg role check my-app --database app',
    )
    .action(async (name: string, flags: CheckFlags) => (await load()).checkRoleCommand(context, name, flags));
}
