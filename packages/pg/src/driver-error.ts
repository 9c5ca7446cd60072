import { type AzureConnection, AzurePgError, annotateError } from '@azure-pg/core';
import type pg from 'pg';

/**
 * A failure to connect as pg would report it: what the server said as pg's `DatabaseError`, with the SQLSTATE in `code`; what the system
 * said (ECONNREFUSED, …) as the system's own error. What this library says stays an AzurePgError. Each bears its explanation, as
 * `azureHint` and `explanation`.
 */
export function driverError(
  error: unknown,
  connection: AzureConnection,
  { DatabaseError }: Pick<typeof pg, 'DatabaseError'>,
): unknown {
  return annotateError(asDriverSays(error, DatabaseError), connection);
}

function asDriverSays(error: unknown, DatabaseError: typeof pg.DatabaseError): unknown {
  if (!(error instanceof AzurePgError)) return error;
  const fields = error.serverError;
  if (fields !== undefined) {
    return Object.assign(new DatabaseError(fields.message, fields.message.length, 'error'), fields);
  }
  const fromSystem = error.code === 'HOST_UNREACHABLE' || error.code === 'CONNECTION_CLOSED';
  const { cause } = error as { cause?: NodeJS.ErrnoException };
  return fromSystem && typeof cause?.code === 'string' ? cause : error;
}
