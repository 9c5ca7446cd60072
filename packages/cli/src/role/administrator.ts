import { AzurePgError, resolveConnection } from '@azure-pg/core';
import { openSession, type Session } from '@azure-pg/core/tooling';
import { CommandError } from '../command-error.ts';
import type { CommandContext } from '../context.ts';

/** Which server, and as whom. */
export interface ServerFlags {
  readonly url?: string | undefined;
  /** The role to sign in as. */
  readonly as?: string | undefined;
}

/** A row by the names of its columns. */
export type Row = Readonly<Record<string, string | null>>;

/** Where Microsoft's functions are. */
export const home = 'postgres';

/**
 * The first statement of every session and script: what somebody else put into another schema, under the name of a function of PostgreSQL
 * and for better fitting types, is not run with an administrator's rights (CVE-2018-1058). Microsoft's functions are in pg_catalog.
 */
export const safely = 'SET search_path = pg_catalog;';

/** Signs in past the pooler, in this database of the server, and gives what the work gives. */
export async function asAdministrator<T>(
  { env }: CommandContext,
  { url, as }: ServerFlags,
  database: string,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const options = as === undefined ? { database } : { database, user: as };
  const connection = resolveConnection(url, options, env).direct();
  if (connection.pooling.poolMode !== 'none') {
    throw new CommandError('The URL leads through a pooler, and where its server listens is not known', {
      hint: 'Add direct_port=PORT, or give the server’s own URL with --url.',
    });
  }
  const session = await openSession(connection, { connectRetryTimeout: 0 });
  try {
    await session.query(safely);
    return await work(session);
  } catch (error) {
    throw inWords(error, session.user);
  } finally {
    await session.close();
  }
}

/** The rows of the last statement that gave any. */
export async function rows(session: Session, sql: string): Promise<Row[]> {
  const results = await session.query(sql);
  const { columns, rows: values } = results.findLast((result) => result.columns.length > 0) ?? {
    columns: [],
    rows: [],
  };
  return values.map((row) =>
    Object.fromEntries(columns.map((column, index) => [column, row[index] ?? null])),
  );
}

/** What a server's refusal means to someone administering roles. */
function inWords(error: unknown, user: string): unknown {
  if (!(error instanceof AzurePgError) || error.serverError === undefined) return error;
  const { code, message, hint } = error.serverError;
  const refused = (text: string, advice: string | undefined): CommandError =>
    new CommandError(text, advice === undefined ? { cause: error } : { cause: error, hint: advice });
  if (code === '42883' && message.includes('pgaadauth_')) {
    return refused(
      'This server has no pgaadauth_… functions',
      'They are in the database postgres of an Azure Database for PostgreSQL where Entra authentication is on.',
    );
  }
  if (code === '42501' && message.includes('pgaadauth_')) {
    return refused(
      `"${user}" is not an Entra administrator of this server`,
      'Sign in as one (--as ROLE names another role of the same identity), or give the SQL of --dry-run to one.',
    );
  }
  if (message.startsWith('security label provider')) {
    return refused(
      'This server cannot map an existing role: it lacks the security labels of Azure, as the emulator does',
      'Drop the role and let it be created again.',
    );
  }
  return refused(message.replace(/\.$/, ''), hint);
}
