import type { ConnectionOptions } from '@azure-pg/core';
import type driver from 'postgres';
import { driverFunction } from './driver-function.ts';
import type { Transport } from './driver-options/driver-arguments.ts';
import { extendDriver } from './extend-driver.ts';
import type { ExtendedDriver } from './extended-driver.ts';

/** Our options in addition to the driver's: credential, auth, poolMode, sslmode, … */
interface OwnOptions extends Omit<ConnectionOptions, keyof driver.Options<Record<never, never>>> {
  /** The driver's, which it has no type for: makes the stream below TLS, a tunnel's. `host` and `port` say where to, one of each. */
  socket?: Transport;
  /**
   * Milliseconds that a query may take, its waiting for a connection not included; then it is cancelled, and rejected with the server's 57014. Default: any time. As pg's option of this name, but
   * the query does not go on, and its connection stays in use. Not for cursors and COPY.
   */
  query_timeout?: number;
}

/**
 * postgres.js for Azure Database for PostgreSQL: the same function, the same `sql`. Each connection is made by `@azure-pg/core`: signed
 * in with an Entra token, verified, and safe behind PgBouncer. Without arguments the environment says everything: PGHOST,
 * AZURE_POSTGRESQL_*, DATABASE_URL.
 *
 * @throws AzurePgError `INVALID_CONNECTION_STRING`, `INVALID_SETTING`, `POOLER_UNSUPPORTED`: at once, nothing has been contacted.
 *
 * @example
 * const sql = postgres('postgres://my-server.postgres.database.azure.com/app');
 * const rows = await sql`select * from person where id = ${id}`;
 */
const postgres: postgres.Postgres = extendDriver(driverFunction);

// The driver's types, by the names that its users know: postgres.Sql, postgres.Row, …
declare namespace postgres {
  /** The function itself, by a name for the declarations of programs. */
  interface Postgres extends ExtendedDriver<OwnOptions> {}
  type Options<T extends Record<string, PostgresType>> = driver.Options<T> & OwnOptions;
  // The driver's own default is any, which this names without writing it.
  type PostgresType<T = Parameters<driver.PostgresType['parse']>[0]> = driver.PostgresType<T>;
  type PostgresError = driver.PostgresError;
  type ConnectionParameters = driver.ConnectionParameters;
  type ParsedOptions<T extends Record<string, unknown> = Record<never, never>> = driver.ParsedOptions<T>;
  type Transform = driver.Transform;
  type Notice = driver.Notice;
  type Parameter<T = driver.SerializableParameter> = driver.Parameter<T>;
  type ArrayParameter<T extends readonly unknown[] = readonly unknown[]> = driver.ArrayParameter<T>;
  type ConnectionError = driver.ConnectionError;
  type NotSupportedError = driver.NotSupportedError;
  type GenericError = driver.GenericError;
  type AuthNotImplementedError = driver.AuthNotImplementedError;
  type Error = driver.Error;
  type ColumnInfo = driver.ColumnInfo;
  type RelationInfo = driver.RelationInfo;
  type ReplicationEvent = driver.ReplicationEvent;
  type SubscriptionHandle = driver.SubscriptionHandle;
  type LargeObject = driver.LargeObject;
  type EscapableArray = driver.EscapableArray;
  type Serializable = driver.Serializable;
  type SerializableParameter<T = never> = driver.SerializableParameter<T>;
  type JSONValue = driver.JSONValue;
  type Row = driver.Row;
  type MaybeRow = driver.MaybeRow;
  type Column<T extends string> = driver.Column<T>;
  type ColumnList<T> = driver.ColumnList<T>;
  type State = driver.State;
  type Statement = driver.Statement;
  type ResultMeta<T extends number | null> = driver.ResultMeta<T>;
  type ResultQueryMeta<T extends number | null, U> = driver.ResultQueryMeta<T, U>;
  type ExecutionResult<T> = driver.ExecutionResult<T>;
  type ValuesRowList<T extends readonly unknown[]> = driver.ValuesRowList<T>;
  type RawRowList<T extends readonly unknown[]> = driver.RawRowList<T>;
  type RowList<T extends readonly unknown[]> = driver.RowList<T>;
  type PendingQueryModifiers<T extends readonly unknown[]> = driver.PendingQueryModifiers<T>;
  type PendingDescribeQuery = driver.PendingDescribeQuery;
  type PendingValuesQuery<T extends readonly MaybeRow[]> = driver.PendingValuesQuery<T>;
  type PendingRawQuery<T extends readonly MaybeRow[]> = driver.PendingRawQuery<T>;
  type PendingQuery<T extends readonly MaybeRow[]> = driver.PendingQuery<T>;
  type PendingRequest = driver.PendingRequest;
  type ListenRequest = driver.ListenRequest;
  type ListenMeta = driver.ListenMeta;
  type Helper<T, U extends readonly unknown[] = T[]> = driver.Helper<T, U>;
  type Fragment = driver.Fragment;
  type ParameterOrJSON<T> = driver.ParameterOrJSON<T>;
  type ParameterOrFragment<T> = driver.ParameterOrFragment<T>;
  type UnsafeQueryOptions = driver.UnsafeQueryOptions;
  type ISql<T extends Record<string, unknown> = Record<never, never>> = driver.ISql<T>;
  type Sql<T extends Record<string, unknown> = Record<never, never>> = driver.Sql<T>;
  type TransactionSql<T extends Record<string, unknown> = Record<never, never>> = driver.TransactionSql<T>;
  type ReservedSql<T extends Record<string, unknown> = Record<never, never>> = driver.ReservedSql<T>;
}

export default postgres;
