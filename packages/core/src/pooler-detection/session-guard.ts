import type { AzureConnection, Pooling } from '../connection/connection.ts';
import { AzurePgError } from '../errors/azure-pg-error.ts';
import { warnOnce } from '../notices/warn-once.ts';
import { type SessionFeature, sessionFeatures } from '../pooling/session-features.ts';
import { rememberedPooling } from './effective-pooling.ts';

const docs = 'https://www.pgbouncer.org/features.html#sql-feature-map-for-pooling-modes';

// What happens, and what to do instead.
const advice: Readonly<Record<SessionFeature, readonly [problem: string, hint: string]>> = {
  LISTEN: [
    'notifications never arrive, because the next statement runs on another server connection',
    'Listen on a direct connection, without the pooler. (session_features=off lets it pass.)',
  ],
  SET: [
    'the setting is lost after the transaction and stays behind for other clients',
    'Use SET LOCAL (or set_config with true) in a transaction, or ALTER ROLE … SET; or a direct connection.',
  ],
  PREPARE: [
    'the statement is unknown to the server connection that EXECUTE meets',
    'Use parameters and let the driver prepare; or a direct connection.',
  ],
  'WITH HOLD': [
    'the cursor is closed or out of reach once the transaction has ended',
    'Read the cursor inside its transaction, or on a direct connection.',
  ],
  'CREATE TEMP': [
    'the table is not there for the next statement, and other clients may meet it',
    'Create it inside the transaction that uses it, with ON COMMIT DROP; or on a direct connection.',
  ],
  LOAD: [
    'the library is loaded into one server connection of many',
    'Set session_preload_libraries for the role, or use a direct connection.',
  ],
  pg_advisory_lock: [
    'the lock stays with a server connection that other clients share: it is given twice or never released',
    'Use pg_advisory_xact_lock, or a direct connection.',
  ],
  currval: [
    'it returns the last value of a server connection that other clients use as well, so one of theirs',
    'Use INSERT … RETURNING, or call it in the transaction that makes the value.',
  ],
  BEGIN: [
    'in statement mode every statement goes to a server connection of its own, and PgBouncer aborts transactions',
    'Use transaction mode (pgbouncer.pool_mode), or a direct connection.',
  ],
};

const names: Partial<Record<SessionFeature, string>> = {
  BEGIN: 'A transaction',
  currval: 'currval or lastval',
};

/** Looks at a query before it is sent. Gives an error where it must not be sent; what is only worth a warning is warned of once. */
export type SessionGuard = (text: string, inTransaction: boolean) => AzurePgError | undefined;

/**
 * The guard for a connection through a pooler in transaction or statement mode, by its `sessionFeatures` setting; undefined where there is
 * nothing to guard. A transaction in statement mode is refused whatever the setting: it would fail half-way; LISTEN unless the setting is `off`. While the mode is still to be
 * detected nothing is guarded; from then on everything is.
 *
 * @param pooling what was detected, where that is not what the connection says.
 */
export function sessionGuard(
  connection: AzureConnection,
  pooling: Pooling = connection.pooling,
): SessionGuard | undefined {
  if (pooling.poolMode !== 'detect') return guardOf(connection, pooling);
  let guard: { readonly look: SessionGuard | undefined } | undefined;
  return (text, inTransaction) => {
    const known = guard === undefined ? rememberedPooling(connection) : undefined;
    if (known !== undefined) guard = { look: guardOf(connection, known) };
    return guard?.look?.(text, inTransaction);
  };
}

function guardOf(connection: AzureConnection, pooling: Pooling): SessionGuard | undefined {
  const { sessionFeatures: setting, logger } = connection;
  const mode = pooling.poolMode;
  const statementMode = mode === 'statement';
  if (mode === 'none' || mode === 'session' || (setting === 'off' && !statementMode)) return undefined;
  return (text, inTransaction) => {
    for (const feature of sessionFeatures(text)) {
      if (feature === 'BEGIN' ? !statementMode : setting === 'off') continue;
      if ((feature === 'CREATE TEMP' || feature === 'currval') && inTransaction) continue;
      const [problem, hint] = advice[feature];
      const name = names[feature] ?? feature;
      const message = `${name} does not work through a pooler in ${statementMode ? 'statement' : 'transaction'} mode: ${problem}`;
      // A LISTEN that succeeds and never delivers would be an untrue answer.
      if (setting === 'error' || feature === 'BEGIN' || feature === 'LISTEN') {
        return new AzurePgError('POOLER_UNSUPPORTED', message, { hint, docs });
      }
      warnOnce(
        logger,
        `session feature ${feature}`,
        `${message}. ${hint} (session_features=off silences this.)`,
      );
    }
    return undefined;
  };
}
