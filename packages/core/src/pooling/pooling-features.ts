import type { Pooling } from '../connection/connection.ts';

/** What a program may want from a connection and a pooler may not give. */
export type PoolingFeature =
  | 'transaction'
  /** Named statements of the protocol: pg's `name`, postgres.js's `prepare`, Drizzle's `.prepare`. */
  | 'named statement'
  /** Unnamed statements and portals: parameters without a name. */
  | 'unnamed statement'
  /** SQL's PREPARE and EXECUTE. */
  | 'prepare'
  | 'set'
  | 'set local'
  | 'listen'
  | 'notify'
  | 'session advisory lock'
  | 'transaction advisory lock'
  | 'temporary table'
  /** lastval and currval. */
  | 'last value'
  | 'cursor'
  | 'cursor with hold'
  | 'load'
  | 'copy'
  /** CancelRequest of the protocol. `pg_cancel_backend(client.processID)` never works: that is the pooler's own number. */
  | 'cancel'
  | 'replication';

/**
 * - `yes`: works as without a pooler.
 * - `in a transaction`: works from its BEGIN to its COMMIT and is gone, or somebody else's, after it.
 * - `no`: is refused, lost, or lands with another client; use {@link AzureConnection.direct}.
 */
export type PoolingAllows = 'yes' | 'in a transaction' | 'no';

type Column = readonly [transaction: PoolingAllows, statement: PoolingAllows];

// https://www.pgbouncer.org/features.html#sql-feature-map-for-pooling-modes, and what 1.24 does. Session mode allows everything here.
const table: Readonly<Record<Exclude<PoolingFeature, 'named statement'>, Column>> = {
  transaction: ['yes', 'no'],
  'unnamed statement': ['yes', 'yes'],
  prepare: ['in a transaction', 'no'],
  set: ['in a transaction', 'no'],
  'set local': ['yes', 'no'],
  listen: ['no', 'no'],
  notify: ['yes', 'yes'],
  'session advisory lock': ['in a transaction', 'no'],
  'transaction advisory lock': ['yes', 'no'],
  'temporary table': ['in a transaction', 'no'],
  'last value': ['in a transaction', 'no'],
  cursor: ['yes', 'no'],
  'cursor with hold': ['in a transaction', 'no'],
  load: ['in a transaction', 'no'],
  copy: ['yes', 'yes'],
  cancel: ['yes', 'yes'],
  replication: ['no', 'no'],
};

/**
 * Whether a feature works under a pooling: the policy that adapters obey. Where the pool mode is still to be detected, what transaction mode
 * allows is allowed.
 */
export function poolingAllows(pooling: Pooling, feature: PoolingFeature): PoolingAllows {
  const { poolMode, maxPreparedStatements } = pooling;
  if (poolMode === 'none') return 'yes';
  if (poolMode === 'session') return feature === 'replication' ? 'no' : 'yes';
  if (feature === 'named statement') {
    if (maxPreparedStatements > 0) return 'yes';
    return poolMode === 'statement' ? 'no' : 'in a transaction';
  }
  return table[feature][poolMode === 'statement' ? 1 : 0];
}

/**
 * Whether statements may be given names that outlive their transaction. Parse, Bind and Execute must then go before one Sync: PgBouncer answers a
 * Parse that it knows by itself, and only together with what the server says next, so that a driver that waits for that answer waits forever.
 */
export function allowsNamedStatements(pooling: Pooling): boolean {
  return poolingAllows(pooling, 'named statement') === 'yes';
}

/** Whether BEGIN will be refused, so that a transaction must be refused before its first statement takes effect by itself. */
export function refusesTransactions(pooling: Pooling): boolean {
  return poolingAllows(pooling, 'transaction') === 'no';
}
