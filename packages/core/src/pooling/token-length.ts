import type { AzureConnection } from '../connection/connection.ts';
import { warnOnce } from '../notices/warn-once.ts';

/**
 * The longest password, in bytes, that PgBouncer up to 1.25.2 takes: its buffer has 2,048 with the closing zero. Longer ones are refused as a
 * wrong password. Entra tokens of users who are in many groups reach 6.9 KB. https://github.com/pgbouncer/pgbouncer/issues/874
 */
export const longestPoolerPassword = 2047;

/** Whether a token or password is longer than PgBouncer takes. */
export function isTooLongForPooler(password: string): boolean {
  return Buffer.byteLength(password) > longestPoolerPassword;
}

/**
 * Warns, once per process, of a token that the pooler on the way will probably refuse. To be called before connecting: what PgBouncer says
 * afterwards ("password authentication failed") is misleading. It is not an error, since newer ones take it.
 */
export function warnOfLongToken(
  connection: Pick<AzureConnection, 'pooling' | 'logger'>,
  token: string,
): void {
  if (connection.pooling.poolMode === 'none' || connection.pooling.poolMode === 'detect') return;
  if (!isTooLongForPooler(token)) return;
  warnOnce(
    connection.logger,
    'token too long for the pooler',
    `The Entra token has ${Buffer.byteLength(token)} bytes, and PgBouncer up to 1.25.2 takes ${longestPoolerPassword}: it will probably answer "password authentication failed". ` +
      'Tokens of users who are in many groups are long: sign in as a managed identity or service principal, or connect without the pooler.',
  );
}
