import type { X509Certificate } from 'node:crypto';
import { AzurePgError } from '../errors/azure-pg-error.ts';
import { pages } from '../explain/pages.ts';
import { offeredNames, oneLine } from './peer-certificate.ts';

const docs = pages.tls;

/** The chain does not hold; `reason` is OpenSSL's code, as "CERT_HAS_EXPIRED". */
export function notTrusted(
  reason: string,
  certificate: X509Certificate | undefined,
  host: string,
  roots: string,
  cause: Error,
): AzurePgError {
  const what = certificate === undefined ? '' : ` (${describe(certificate)})`;
  return new AzurePgError(
    'CERTIFICATE_NOT_TRUSTED',
    `The certificate of "${host}"${what} is not trusted: ${problem(reason)}. Roots tried: ${roots}`,
    { hint: hintFor(reason), docs, cause },
  );
}

/** OpenSSL's code for a chain that does not hold, where the error is about that: Deno says it nowhere else. */
export function verificationFailure(error: NodeJS.ErrnoException): string | undefined {
  const { code = '' } = error;
  return problem(code) === code ? undefined : code;
}

/** The chain holds, but the certificate is for other names. */
export function nameMismatch(certificate: X509Certificate, host: string): AzurePgError {
  const names = offeredNames(certificate);
  const offered = names.length === 0 ? 'no name at all' : names.join(', ');
  return new AzurePgError(
    'HOST_NAME_MISMATCH',
    `The server's certificate does not match the host name "${host}"; it is for ${offered} (issued by ${oneLine(certificate.issuer)})`,
    {
      hint: 'Connect by a name the certificate has; where private DNS renames the server, give its public name as ssl_server_name.',
      docs,
    },
  );
}

/** The handshake broke before there was a certificate to judge. */
export function handshakeFailed(cause: Error, host: string): AzurePgError {
  const { code = '', message } = cause as NodeJS.ErrnoException;
  const closed = code === 'ECONNRESET' || code === 'EPIPE' || code === 'CONNECTION_CLOSED';
  const words = closed
    ? 'the server closed the connection'
    : code.startsWith('ERR_SSL_')
      ? sslReason(code)
      : message;
  return new AzurePgError('TLS_HANDSHAKE_FAILED', `The TLS handshake with "${host}" failed: ${words}`, {
    hint: hintForHandshake(code),
    cause,
  });
}

function describe(certificate: X509Certificate): string {
  return `${oneLine(certificate.subject) || 'no subject'}; issued by ${oneLine(certificate.issuer) || 'nobody'}; valid from ${certificate.validFrom} to ${certificate.validTo}`;
}

function problem(reason: string): string {
  switch (reason) {
    case 'CERT_HAS_EXPIRED':
      return 'a certificate of its chain has expired';
    case 'CERT_NOT_YET_VALID':
      return 'a certificate of its chain is not valid yet';
    case 'CERT_REVOKED':
      return 'it was revoked';
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return 'it is self-signed';
    case 'SELF_SIGNED_CERT_IN_CHAIN':
      return 'its chain ends in a root that is not trusted here';
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
      return 'its issuer is not among the trusted roots';
    case 'UNABLE_TO_GET_CRL':
      return 'the revocation lists given have none of its issuer';
    case 'CRL_HAS_EXPIRED':
      return 'the revocation list of its issuer has expired';
    case 'INVALID_PURPOSE':
      return 'it is not made for a server';
    default:
      return reason;
  }
}

function hintFor(reason: string): string {
  switch (reason) {
    case 'CERT_HAS_EXPIRED':
    case 'CERT_NOT_YET_VALID':
      return "Check this machine's clock; if it is right, the server needs a new certificate.";
    case 'CERT_REVOKED':
      return 'Do not connect to this server; its certificate was withdrawn by its issuer.';
    case 'UNABLE_TO_GET_CRL':
    case 'CRL_HAS_EXPIRED':
      return 'Give sslcrl or sslcrldir a current list of every authority in the chain.';
    default:
      return 'If the server has a certificate of your own authority, name its root file with sslrootcert; a proxy that inspects TLS shows its own certificate.';
  }
}

// Node.js says "…:SSL routines:…" with addresses; the code has the reason.
function sslReason(code: string): string {
  return code.slice('ERR_SSL_'.length).toLowerCase().replaceAll('_', ' ');
}

function hintForHandshake(code: string): string {
  if (/VERSION|PROTOCOL/.test(code) && code !== 'ERR_SSL_WRONG_VERSION_NUMBER')
    return 'Client and server have no TLS version in common: see ssl_min_protocol_version and ssl_max_protocol_version.';
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER')
    return 'What answered does not speak TLS: check host and port, and sslnegotiation.';
  if (/CERTIFICATE|ALERT/.test(code))
    return 'The server refused: it may want a client certificate (sslcert, sslkey) that it trusts.';
  return 'Check that nothing between cuts TLS, and that sslnegotiation is what the server speaks.';
}
