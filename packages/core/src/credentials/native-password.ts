import type { AzureConnection, Host } from '../connection/connection.ts';
import type { ConnectionSecrets } from '../connection/connection-secrets.ts';
import { AzurePgError } from '../errors/azure-pg-error.ts';
import { refuseKeyVaultReference } from '../settings/gather/layers.ts';
import { passwordFromPassfile } from './password-from-passfile.ts';

/**
 * The PostgreSQL password for this host: the static one, else what the user's function gives now, else the password file's. undefined
 * where there is none: a server that trusts does not ask for it.
 *
 * @throws AzurePgError `PASSWORD_MISSING` when the function fails or gives something else than text; what it threw is the `cause`.
 * `INVALID_SETTING` when it gives a reference to Key Vault that the platform did not resolve.
 */
export async function nativePassword(
  connection: AzureConnection,
  given: ConnectionSecrets['password'],
  host: Host,
): Promise<string | undefined> {
  if (typeof given === 'string') return given === '' ? undefined : given;
  const { user, database = user } = connection;
  const place = { host: host.host, port: host.port, user, database };
  return given === undefined
    ? passwordFromPassfile(connection, host)
    : askFunction('password', () => given(place));
}

/** Calls a function that the user gave, whatever it does. */
export async function askFunction(
  option: 'password' | 'tokenProvider',
  given: () => string | Promise<string>,
): Promise<string | undefined> {
  const code = option === 'password' ? 'PASSWORD_MISSING' : 'TOKEN_UNAVAILABLE';
  let value: unknown;
  try {
    value = await given();
  } catch (cause) {
    throw new AzurePgError(code, `The function given as "${option}" failed`, {
      hint: 'What it threw is the cause of this error.',
      cause,
    });
  }
  if (typeof value === 'string') {
    refuseKeyVaultReference(value, `what the function given as "${option}" gave`);
    return value === '' ? undefined : value;
  }
  if (value === undefined || value === null) return undefined;
  throw new AzurePgError(
    code,
    `The function given as "${option}" gave ${typeof value === 'object' ? 'an object' : `a ${typeof value}`} instead of a string`,
    {
      hint: 'It must return the text itself, or a promise of it.',
    },
  );
}
