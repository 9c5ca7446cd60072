import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import tls, { type ConnectionOptions as TlsOptions } from 'node:tls';
import type { AzureConnection } from '../connection/connection.ts';
import { permittedAttempts } from '../open/credential-safety.ts';
import { certificateIsFor } from '../tls/peer-certificate.ts';
import { secureContext } from '../tls/secure-context.ts';

/**
 * What a driver that opens its own connections hands to `tls.connect`, so that it verifies the first host as the core does: the core's roots,
 * versions and client certificate, and its word on names. False: in plaintext.
 *
 * @throws AzurePgError `INSECURE_CONNECTION`, `HOST_NOT_ALLOWED`, `CERTIFICATE_FILE`, `INVALID_SETTING`
 */
export function tlsOptions(connection: AzureConnection): false | TlsOptions {
  const [host] = connection.hosts;
  const [attempt] = host === undefined ? [] : permittedAttempts(connection, host);
  if (host === undefined || attempt === undefined || attempt.encryption === 'plaintext') return false;
  const name = connection.tls.serverName ?? host.host;
  return {
    secureContext: secureContext(connection, host, attempt).context,
    rejectUnauthorized: attempt.verify !== 'none',
    ...(connection.tls.sni && isIP(name) === 0 ? { servername: name } : {}),
    checkServerIdentity: (_name, certificate) =>
      attempt.verify !== 'full' || certificateIsFor(new X509Certificate(certificate.raw), name)
        ? undefined
        : (tls.checkServerIdentity(name, certificate) ?? new Error(`The certificate is not for "${name}"`)),
  };
}
