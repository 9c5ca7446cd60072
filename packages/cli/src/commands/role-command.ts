import { resolveConnection } from '@azure-pg/core';
import type { Session } from '@azure-pg/core/tooling';
import { CommandError } from '../command-error.ts';
import type { CommandContext } from '../context.ts';
import { asAdministrator, home, type Row, rows, type ServerFlags, safely } from '../role/administrator.ts';
import { createRoleSql, type PrincipalType } from '../role/create-role-sql.ts';
import { type Access, grantSql } from '../role/grant-sql.ts';
import { accessSql, listSql, roleSql, similarRolesSql } from '../role/look-sql.ts';
import { assertName, assertRoleName, objectIdOf } from '../role/names.ts';
import { connectCommand, identifier } from '../role/quote.ts';
import {
  isTrue,
  principalIn,
  reasonNotToSignIn,
  renderFindings,
  renderPrincipals,
  shortfall,
  whatItMay,
  whoItIs,
} from '../role/render.ts';
import { oneLine, styleFor } from '../terminal.ts';

export interface RoleFlags extends ServerFlags {
  /** Print the SQL and connect to nothing. */
  readonly dryRun: boolean;
}

export interface CreateFlags extends RoleFlags {
  readonly objectId?: string;
  readonly type?: PrincipalType;
  readonly admin: boolean;
  readonly mfa: boolean;
}

/** `azure-pg role create NAME`: the role of a principal; done again it changes nothing. */
export async function createRoleCommand(
  context: CommandContext,
  name: string,
  flags: CreateFlags,
): Promise<void> {
  assertRoleName(name);
  const { objectId, type, admin, mfa } = flags;
  if (objectId === undefined && type !== undefined) {
    throw new CommandError('--type belongs to --object-id', {
      exitCode: 2,
      hint: 'Without an object id the server looks the name up in its directory, and finds the type there.',
    });
  }
  const principal =
    objectId === undefined ? undefined : { objectId: objectIdOf(objectId), type: type ?? 'service' };
  const sql = createRoleSql({ name, principal, admin, mfa });
  if (flags.dryRun) return printSql(context, home, sql);
  await asAdministrator(context, flags, home, async (session) => {
    const [before] = await rows(session, roleSql(name));
    await session.query(sql);
    const [after] = await rows(session, roleSql(name));
    if (after === undefined) throw new CommandError(`The server made no role "${name}"`);
    assertAsAsked(name, after, principal?.type, flags);
    const done =
      before === undefined
        ? 'is made'
        : principalIn(before)
          ? 'was there already'
          : 'was there, and is mapped now';
    context.stdout.write(
      `The role "${name}" ${done}: it stands for ${principalIn(after)}${isTrue(after.isadmin) ? ', an administrator' : ''}.\n`,
    );
  });
}

/** A role that was there is not remade; whoever wanted something else of it is told. */
function assertAsAsked(
  name: string,
  row: Row,
  type: PrincipalType | undefined,
  { admin, mfa }: CreateFlags,
): void {
  const differs =
    reasonNotToSignIn(row)?.replace('no: ', '') ??
    (type !== undefined && row.principaltype !== type
      ? `its principal is a ${row.principaltype}`
      : undefined) ??
    (admin && !isTrue(row.isadmin) ? 'it is no administrator' : undefined) ??
    (mfa && !isTrue(row.ismfa) ? 'it does not demand multi-factor authentication' : undefined);
  if (differs === undefined) return;
  throw new CommandError(`The role "${name}" was there already, and ${differs}`, {
    hint: 'Roles that are there keep what they are: drop it and make it anew, or change it in SQL.',
  });
}

export interface GrantFlags extends RoleFlags {
  readonly database: string;
  readonly schema: string;
  readonly access: Access;
}

/** `azure-pg role grant NAME`: rights in one schema of a database; done again it changes nothing. */
export async function grantRoleCommand(
  context: CommandContext,
  name: string,
  flags: GrantFlags,
): Promise<void> {
  assertRoleName(name);
  const { database, schema, access } = flags;
  assertName('A database’s name', database);
  assertName('A schema’s name', schema);
  const sql = grantSql({ name, database, schema, access });
  if (flags.dryRun) return printSql(context, database, sql);
  const { stdout, stderr, env } = context;
  await asAdministrator(context, flags, database, async (session) => {
    const [before] = await rows(session, accessSql(name, schema));
    if (before === undefined) throw await missing(session, name);
    if (!isTrue(before.there_is_schema)) {
      throw new CommandError(`The database "${database}" has no schema "${schema}"`);
    }
    await session.query(sql);
    const [after = {}] = await rows(session, accessSql(name, schema));
    const findings = [{ label: 'role', value: name }, ...whatItMay({ database, schema }, after)];
    stdout.write(renderFindings(findings, styleFor(stdout, env)));
    const lacking = shortfall(access, after);
    if (lacking !== undefined) {
      throw new CommandError(`"${name}" has not all of ${access}: ${lacking}`, {
        hint: 'Whoever owns them runs the same command, with --as ROLE.',
      });
    }
    if (after.not_later) {
      stderr.write(
        `azure-pg: tables that ${oneLine(after.not_later)} will make are not covered: who makes tables runs the same command, with --as ROLE.\n`,
      );
    }
  });
}

export interface LookFlags extends RoleFlags {
  readonly json: boolean;
}

/** `azure-pg role list`: all roles that stand for a principal. */
export async function listRolesCommand(context: CommandContext, flags: LookFlags): Promise<void> {
  if (flags.dryRun) return printSql(context, home, listSql);
  const { stdout, env } = context;
  const found = await asAdministrator(context, flags, home, (session) => rows(session, listSql));
  stdout.write(flags.json ? json(found) : renderPrincipals(found, styleFor(stdout, env)));
}

export interface CheckFlags extends LookFlags {
  readonly database?: string;
  readonly schema: string;
}

/** `azure-pg role check NAME`: exit code 0 where its principal can sign in. */
export async function checkRoleCommand(
  context: CommandContext,
  name: string,
  flags: CheckFlags,
): Promise<void> {
  assertRoleName(name);
  const { schema } = flags;
  const { stdout, env } = context;
  if (flags.database !== undefined) assertName('A database’s name', flags.database);
  assertName('A schema’s name', schema);
  if (flags.dryRun) {
    printSql(context, home, roleSql(name));
    if (flags.database !== undefined) printSql(context, flags.database, accessSql(name, schema));
    return;
  }
  const database = flags.database ?? resolveConnection(flags.url, undefined, env).database;
  const row = await asAdministrator(context, flags, home, async (session) => {
    const [found] = await rows(session, roleSql(name));
    if (found === undefined) throw await missing(session, name);
    return found;
  });
  const access =
    database === undefined || (database === home && flags.database === undefined)
      ? undefined
      : (
          await asAdministrator(context, flags, database, (session) => rows(session, accessSql(name, schema)))
        )[0];
  if (flags.json) {
    stdout.write(json({ role: name, ...row, ...(access && { database, schema, ...access }) }));
  } else {
    const may = access && database ? whatItMay({ database, schema }, access) : [];
    stdout.write(renderFindings([...whoItIs(name, row), ...may], styleFor(stdout, env)));
  }
  context.exitCode = reasonNotToSignIn(row) === undefined ? 0 : 1;
}

/** For a DBA: as it stands it runs in psql, wherever that takes its encoding from. */
function printSql({ stdout }: CommandContext, database: string, sql: string): void {
  const head = ['\\set ON_ERROR_STOP on', connectCommand(database), "SET client_encoding = 'UTF8';", safely];
  stdout.write(`${head.join('\n')}\n${sql}\n`);
}

async function missing(session: Session, name: string): Promise<CommandError> {
  const similar = (await rows(session, similarRolesSql(name))).map(({ rolname }) =>
    identifier(oneLine(rolname ?? '')),
  );
  return new CommandError(`There is no role "${name}"`, {
    hint:
      similar.length > 0
        ? `Names are case-sensitive; there is ${similar.join(', ')}.`
        : 'Make it with azure-pg role create.',
  });
}

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;
