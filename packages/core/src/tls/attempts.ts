import type { AzureConnection, TlsSettings } from '../connection/connection.ts';

/** One way to talk to the server. */
export interface TlsAttempt {
  readonly encryption: 'tls' | 'plaintext';
  /** `none`: any certificate; `chain`: it must lead to a trusted root; `full`: and be for the host's name. */
  readonly verify: 'none' | 'chain' | 'full';
  /** `direct`: the TLS handshake comes first; `request`: SSLRequest asks whether the server speaks TLS. */
  readonly negotiation: 'request' | 'direct';
}

const plaintext: TlsAttempt = Object.freeze({
  encryption: 'plaintext',
  verify: 'none',
  negotiation: 'request',
});

/**
 * sslmode as the list of attempts that libpq 18 makes, in its order (fe-connect.c, `select_next_encryption_method`). The next one is
 * made when the server refuses TLS, when the TLS handshake fails, or when the server answers with an error before it accepted
 * the sign-in; on nothing else.
 *
 * - A Unix socket is never encrypted, whatever the mode says.
 * - With root certificates given, every encrypted attempt verifies the chain, so that `require` acts as `verify-ca`:
 *   https://www.postgresql.org/docs/18/libpq-ssl.html#LIBQ-SSL-CERTIFICATES
 *
 * Deliberate differences from libpq: where verify-ca and verify-full are given no root file they use Node's, the system's and
 * Azure's roots instead of failing; ~/.postgresql is not looked at; a certificate file that cannot be read is an error in every mode
 * (libpq's prefer goes on in plaintext).
 */
export function tlsAttempts(tls: TlsSettings, unixSocket: boolean): readonly TlsAttempt[] {
  if (unixSocket) return [plaintext];
  const encrypted: TlsAttempt = {
    encryption: 'tls',
    verify:
      tls.mode === 'verify-full' ? 'full' : tls.mode === 'verify-ca' || rootsGiven(tls) ? 'chain' : 'none',
    negotiation: tls.negotiation === 'direct' ? 'direct' : 'request',
  };
  switch (tls.mode) {
    case 'disable':
      return [plaintext];
    case 'allow':
      return [plaintext, encrypted];
    case 'prefer':
      return [encrypted, plaintext];
    default:
      return [encrypted];
  }
}

/** The user said whom to trust. */
export function rootsGiven(tls: Pick<TlsSettings, 'rootCertificates' | 'trust'>): boolean {
  return tls.rootCertificates.length > 0 || tls.trust === 'azure';
}

/** sslmode was written by the user, not derived from the host or defaulted. */
export function sslModeIsUsersWord(connection: Pick<AzureConnection, 'sourceOf'>): boolean {
  const source = connection.sourceOf('sslmode');
  return source !== undefined && source !== 'default' && source !== 'derived';
}
