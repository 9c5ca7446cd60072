import type { TargetSessionAttrs } from '../connection/connection.ts';
import { AzurePgError } from '../errors/azure-pg-error.ts';
import { violation } from '../wire/backend-messages.ts';
import type { Session } from './session.ts';

/**
 * Whether a server is what target_session_attrs asks for, by libpq's rules: servers from version 14 say so in their greeting; others
 * are asked. So are those behind a pooler, which repeats what some server said when it was first connected, perhaps before a failover.
 * https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-CONNECT-TARGET-SESSION-ATTRS
 *
 * @param pooled a pooler stands between.
 * @param anyStandby prefer-standby's second pass: take what there is.
 * @throws AzurePgError `SESSION_ATTRS_NOT_MET`
 */
export async function assertSessionAttributes(
  session: Session,
  wanted: TargetSessionAttrs,
  { pooled, anyStandby }: { readonly pooled: boolean; readonly anyStandby: boolean },
): Promise<void> {
  if (wanted === 'any' || (wanted === 'prefer-standby' && anyStandby)) return;
  const told = pooled ? {} : session.parameters;
  if (wanted === 'read-write' || wanted === 'read-only') {
    const readOnly = await isReadOnly(session, told);
    if (readOnly !== (wanted === 'read-only'))
      throw notMet(session, wanted, readOnly ? 'read-only' : 'read-write');
    return;
  }
  const standby = await isStandby(session, told);
  if (standby !== (wanted !== 'primary')) throw notMet(session, wanted, standby ? 'a standby' : 'a primary');
}

async function isReadOnly(session: Session, told: Session['parameters']): Promise<boolean> {
  const { default_transaction_read_only: byDefault, in_hot_standby: standby } = told;
  if (byDefault !== undefined && standby !== undefined) return byDefault === 'on' || standby === 'on';
  return (await answer(session, 'SHOW transaction_read_only')) === 'on';
}

async function isStandby(session: Session, told: Session['parameters']): Promise<boolean> {
  const { in_hot_standby: standby } = told;
  if (standby !== undefined) return standby === 'on';
  return (await answer(session, 'SELECT pg_catalog.pg_is_in_recovery()')) === 't';
}

async function answer(session: Session, sql: string): Promise<string> {
  const value = (await session.query(sql)).at(-1)?.rows[0]?.[0];
  if (typeof value !== 'string') throw violation(`no answer to ${sql}`);
  return value;
}

function notMet(session: Session, wanted: TargetSessionAttrs, found: string): AzurePgError {
  const { host, port } = session.transport.target.host;
  return new AzurePgError(
    'SESSION_ATTRS_NOT_MET',
    `"${host}", port ${port}, is ${found}, and target_session_attrs is "${wanted}"`,
    {
      hint: 'Name the server that has this role among the hosts; after a failover it may take a minute until one has it.',
    },
  );
}
