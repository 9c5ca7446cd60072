import { type AzureConnection, AzurePgError } from '@azure-pg/core';
import { annotateError, driverError } from '@azure-pg/core/adapter';
import type { Driver } from './driver-client.ts';

/** A failure to connect as pg reports it, with its explanation. */
export function errorOfDriver(reason: unknown, connection: AzureConnection, driver: Driver): Error {
  const error = driverError(reason, connection, ({ message, ...fields }) =>
    Object.assign(new driver.DatabaseError(message, message.length, 'error'), fields),
  );
  if (!(error instanceof AzurePgError) || error.code !== 'CONNECTION_CLOSED') return error;
  // pg's words, which programs compare; pg gives no code or hint.
  const { code, hint } = error;
  const said = new Error('Connection terminated unexpectedly', { cause: error });
  return annotateError(Object.assign(said, { code, hint }), connection);
}
