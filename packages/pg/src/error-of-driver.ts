import { type AzureConnection, AzurePgError, annotateError, driverError } from '@azure-pg/core';
import type { Driver } from './driver-client.ts';

/** A failure to connect as pg reports it, with its explanation. */
export function errorOfDriver(reason: unknown, connection: AzureConnection, driver: Driver): Error {
  const error = driverError(reason, connection, ({ message, ...fields }) =>
    Object.assign(new driver.DatabaseError(message, message.length, 'error'), fields),
  );
  if (!(error instanceof AzurePgError) || error.code !== 'CONNECTION_CLOSED') return error;
  // pg's words: programs compare the message with them.
  const { code, hint, docs } = error;
  const words = 'Connection terminated unexpectedly';
  return annotateError(new AzurePgError(code, words, { hint, docs, cause: error }), connection);
}
