import { type AzureConnection, AzurePgError } from '@azure-pg/core';
import { driverError } from '@azure-pg/core/adapter';
import type { Driver } from '../bare-driver.ts';
import { connectTimedOut } from '../driver-options/connect-timeout.ts';

/** A failure to connect as the driver reports it: a PostgresError with its SQLSTATE, its words for a timeout, the system's error. */
export function driversError(error: Error, connection: AzureConnection, driver: Driver): Error {
  const late = error instanceof AzurePgError && error.code === 'CONNECT_TIMEOUT';
  const [host] = connection.hosts;
  return driverError(late && host ? connectTimedOut(host, error) : error, connection, (fields) =>
    postgresError(driver, { severity_local: fields.severity, ...fields }),
  );
}

/** The driver's names of an ErrorResponse's fields: https://www.postgresql.org/docs/18/protocol-error-fields.html */
const fieldNames: Readonly<Record<string, string>> = {
  S: 'severity_local',
  V: 'severity',
  C: 'code',
  M: 'message',
  D: 'detail',
  H: 'hint',
  P: 'position',
  p: 'internal_position',
  q: 'internal_query',
  W: 'where',
  s: 'schema_name',
  t: 'table_name',
  c: 'column_name',
  d: 'data type_name',
  n: 'constraint_name',
  F: 'file',
  L: 'line',
  R: 'routine',
};

/** The driver's error of what a server said, from its fields by their letters. */
export function serverError(fields: Readonly<Record<string, string>>, driver: Driver): Error {
  const named = Object.entries(fields).map(([letter, text]) => [fieldNames[letter] ?? letter, text]);
  return postgresError(driver, Object.fromEntries(named));
}

const postgresError = ({ PostgresError }: Driver, fields: object): Error =>
  Reflect.construct(PostgresError, [fields]);

/** The driver's error when a connection ended without a message from the server. */
export function connectionClosed({
  host,
  port,
}: {
  readonly host?: string | undefined;
  readonly port?: number | undefined;
}): Error {
  return connectionError('CONNECTION_CLOSED', { host, port });
}

/** One of the driver's errors about a connection. */
export function connectionError(
  code: 'CONNECTION_CLOSED' | 'CONNECTION_ENDED' | 'CONNECTION_DESTROYED',
  { host, port }: { readonly host?: string | undefined; readonly port?: number | undefined },
): Error {
  const isPath = host?.startsWith('/');
  const address = isPath ? `${host}/.s.PGSQL.${port}` : host;
  const message = `write ${code} ${isPath ? address : `${host}:${port}`}`;
  return Object.assign(new Error(message), { code, errno: code, address }, isPath ? {} : { port });
}

/** One of the driver's errors about what a program may not do. */
export const generic = (code: string, message: string): Error =>
  Object.assign(new Error(`${code}: ${message}`), { code });
