// What pg exports, with our Pool and Client instead of its own.
import type { Query as PgQuery, Result as PgResult, QueryResultRow } from 'pg';
import pg from 'pg';

export type * from 'pg';
/** pg's own, under names that ours do not hide: the declarations of a program must be able to name what it gets. */
export type {
  Client as PgClient,
  ClientConfig as PgClientConfig,
  Pool as PgPool,
  PoolConfig as PgPoolConfig,
} from 'pg';
export { type CancelClient, cancelClient } from './cancel-client.ts';
export { Client, Pool } from './classes.ts';
export { directConfig, directPool, poolConnection, withDirect } from './direct.ts';
export { type ExtendedClasses, extend } from './extend.ts';
export type { ClientConfig, ClientConfig as ConnectionConfig, PoolConfig } from './options.ts';
export type { ClientClass, PoolClass } from './own-classes.ts';
export { ownConnection } from './own-connection.ts';
export { type PoolConfigOptions, poolConfig } from './pool-config.ts';
export { repairPool } from './repair-pool.ts';
export { runTransaction, type TransactionOptions } from './run-transaction.ts';

interface Utilities {
  /** A parameter's value as pg sends it. */
  readonly prepareValue: (value: unknown) => unknown;
}

// Not every version of pg names these for ES modules.
export const Connection: typeof pg.Connection = pg.Connection;
export type Connection = pg.Connection;
export const DatabaseError: typeof pg.DatabaseError = pg.DatabaseError;
export type DatabaseError = pg.DatabaseError;
export const Query: typeof pg.Query = pg.Query;
export type Query<R extends QueryResultRow = QueryResultRow, I extends unknown[] = unknown[]> = PgQuery<R, I>;
export const Result: typeof pg.Result = pg.Result;
export type Result<R extends QueryResultRow = QueryResultRow> = PgResult<R>;
export const TypeOverrides: typeof pg.TypeOverrides = pg.TypeOverrides;
export type TypeOverrides = pg.TypeOverrides;
export const defaults: typeof pg.defaults = pg.defaults;
export const escapeIdentifier: typeof pg.escapeIdentifier = pg.escapeIdentifier;
export const escapeLiteral: typeof pg.escapeLiteral = pg.escapeLiteral;
export const types: typeof pg.types = pg.types;
/** pg's own helpers, which other libraries use. Not every version exports them. */
export const utils: Utilities | undefined = (pg as { utils?: Utilities }).utils;
/** pg-native opens its own connections, so it cannot be used here, and is undefined. */
export declare const native: undefined;
