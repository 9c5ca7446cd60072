import { AzurePgError } from '../../errors/azure-pg-error.ts';

/** Where the text came from ("the connection string", "DATABASE_URL"); part of every message about it. */
export type TextOrigin = string;

/** The origin of a text that the caller passed. */
export const theConnectionString: TextOrigin = 'the connection string';

/**
 * A text that libpq would refuse. It says what is wrong and never quotes: what does not parse may be a piece of a password.
 */
export function syntaxError(origin: TextOrigin, problem: string, hint?: string): AzurePgError {
  const which =
    origin === theConnectionString ? 'Invalid connection string' : `Invalid connection string in ${origin}`;
  return new AzurePgError('INVALID_CONNECTION_STRING', `${which}: ${problem}`, {
    hint,
    docs: 'https://www.postgresql.org/docs/18/libpq-connect.html#LIBPQ-CONNSTRING',
  });
}
