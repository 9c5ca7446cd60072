import { type AzureConnection, AzurePgError, driverError } from '@azure-pg/core';
import driver from 'postgres';
import { connectTimedOut } from './connect-timeout.ts';

/** A failure to connect as the driver reports it: a PostgresError with its SQLSTATE, its words for a timeout, the system's error. */
export function driversError(error: Error, connection: AzureConnection): Error {
  const late = error instanceof AzurePgError && error.code === 'CONNECT_TIMEOUT';
  const [host] = connection.hosts;
  return driverError(late && host ? connectTimedOut(host, error) : error, connection, (fields) =>
    Reflect.construct(driver.PostgresError, [{ severity_local: fields.severity, ...fields }]),
  );
}
