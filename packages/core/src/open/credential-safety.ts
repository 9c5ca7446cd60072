import { isAzureHost } from '../azure/endpoint.ts';
import { assertTokenHost, isThisMachine, isUnixSocket } from '../azure/token-host.ts';
import type { AzureConnection, Host } from '../connection/connection.ts';
import { AzurePgError } from '../errors/azure-pg-error.ts';
import { warnOnce } from '../notices/warn-once.ts';
import { rootsGiven, sslModeIsUsersWord, type TlsAttempt, tlsAttempts } from '../tls/attempts.ts';
import type { Target } from '../tls/open-transport.ts';

/**
 * The attempts of sslmode that may carry this connection's credential to this host.
 *
 * - An Entra token never travels in plaintext, whatever sslmode says, and goes only to Azure's hosts, to this machine or where the
 *   user allowed it. A stream that somebody else made does not lead to this machine because the host is called localhost.
 * - Over TLS that checks no certificate (allow, prefer, require without roots) it travels only where the user wrote that mode.
 * - A password for one of Azure's hosts, or from Key Vault for any but this machine, is treated alike, but that the user's own sslmode may
 *   also be one in plaintext.
 * - Other passwords and hosts: what libpq does.
 *
 * @throws AzurePgError `INSECURE_CONNECTION` where no attempt is left, `HOST_NOT_ALLOWED`
 */
export function permittedAttempts(
  connection: AzureConnection,
  host: Host,
  dialled = false,
): readonly TlsAttempt[] {
  const all = tlsAttempts(connection.tls, isUnixSocket(host.host));
  const token = connection.auth === 'entra';
  if (token) assertTokenHost(host, connection, dialled);
  else if (!isAzureHost(host.host) && (connection.auth !== 'keyvault' || isThisMachine(host, dialled)))
    return all;
  const usersWord = sslModeIsUsersWord(connection);
  const permitted = all.filter(({ encryption, verify }) => {
    if (encryption === 'plaintext') return !token && usersWord;
    return verify !== 'none' || usersWord;
  });
  if (permitted.length > 0) return permitted;
  throw insecure(connection, host, all);
}

function insecure(connection: AzureConnection, host: Host, attempts: readonly TlsAttempt[]): AzurePgError {
  const secret = connection.auth === 'entra' ? 'An Entra token' : 'A password';
  if (attempts.some(({ encryption }) => encryption === 'tls')) {
    return new AzurePgError(
      'INSECURE_CONNECTION',
      `${secret} does not go to "${host.host}" over TLS that checks no certificate, and sslmode=${connection.tls.mode} (not written by you) is that`,
      {
        hint: 'Say sslmode=verify-full, with sslrootcert=FILE where the server has a certificate of your own authority.',
      },
    );
  }
  const why = isUnixSocket(host.host) ? 'a Unix socket is plaintext' : `sslmode is "${connection.tls.mode}"`;
  return new AzurePgError(
    'INSECURE_CONNECTION',
    `${secret} does not go to "${host.host}" in plaintext, and ${why}`,
    { hint: 'Say sslmode=verify-full, or nothing: it is the default for Azure.' },
  );
}

/** The server has no TLS, and the attempt in plaintext that sslmode allows was not permitted. */
export function plaintextOnly(connection: AzureConnection, host: Host, cause: unknown): AzurePgError {
  const secret = connection.auth === 'entra' ? 'an Entra token' : 'a password';
  return new AzurePgError(
    'INSECURE_CONNECTION',
    `"${host.host}" does not offer TLS, and ${secret} does not go there in plaintext (sslmode=${connection.tls.mode})`,
    { hint: 'Turn TLS on at the server.', cause },
  );
}

/**
 * Says once per process and endpoint that a credential went to a server that could be anyone: in plaintext, over TLS that checks nothing,
 * or (verify-ca with public roots, which libpq refuses for `system`) to whoever has a certificate of any public authority.
 */
export function warnOfUnverified(
  connection: AzureConnection,
  { host, dial }: Target,
  attempt: TlsAttempt,
): void {
  const dialled = dial !== undefined;
  if (connection.auth !== 'entra' && !isAzureHost(host.host) && isThisMachine(host, dialled)) return;
  const how = weakness(connection, attempt);
  if (how === undefined) return;
  const secret = connection.auth === 'entra' ? 'An Entra token' : 'A password';
  warnOnce(
    connection.logger,
    `unverified ${host.host}:${host.port} ${how}`,
    `${secret} goes to ${host.host}:${host.port} ${how}, because sslmode is "${connection.tls.mode}"; sslmode=verify-full keeps it from whoever stands between`,
  );
}

function weakness({ tls }: AzureConnection, { encryption, verify }: TlsAttempt): string | undefined {
  if (encryption === 'plaintext') return 'in plaintext';
  if (verify === 'none') return 'without checking its certificate';
  return verify === 'chain' && !rootsGiven(tls) ? 'without checking whose certificate it shows' : undefined;
}
