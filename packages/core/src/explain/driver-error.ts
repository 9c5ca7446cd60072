import type { AzureConnection } from '../connection/connection.ts';
import { AzurePgError, type ServerErrorFields } from '../errors/azure-pg-error.ts';
import { annotateError } from './annotate-error.ts';
import { noteTokenPrincipal, tokenPrincipalOf } from './token-principal.ts';

/**
 * A failure to connect as a driver would report it: what the server said as the driver's own error, with the SQLSTATE in `code`; what the
 * system said (ECONNREFUSED, …) as the system's error; what the user's own password function threw as it is. What this library says stays
 * an AzurePgError. Each carries its explanation, as `azureHint` and `explanation`.
 *
 * @param serverError makes the driver's error of an ErrorResponse's fields.
 */
export function driverError(
  error: unknown,
  connection: AzureConnection,
  serverError: (fields: ServerErrorFields) => Error,
): Error {
  const said = asDriverSays(error, serverError);
  noteTokenPrincipal(said, tokenPrincipalOf(error));
  return annotateError(said, connection);
}

function asDriverSays(error: unknown, serverError: (fields: ServerErrorFields) => Error): Error {
  if (!(error instanceof AzurePgError)) return error instanceof Error ? error : new Error(String(error));
  if (error.serverError !== undefined) return serverError(error.serverError);
  if (error.code === 'PASSWORD_MISSING' && error.cause instanceof Error) return error.cause;
  const fromSystem = error.code === 'HOST_UNREACHABLE' || error.code === 'CONNECTION_CLOSED';
  const { cause } = error;
  return fromSystem && cause instanceof Error && 'code' in cause ? cause : error;
}
