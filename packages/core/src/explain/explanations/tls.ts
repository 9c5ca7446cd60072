import { pages } from '../pages.ts';
import { type ExplanationRow, isOnAzure, place } from './explanation-row.ts';

/** OpenSSL's words for a certificate that leads to no trusted root. */
const untrusted = [
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'CERT_UNTRUSTED',
  'CERT_SIGNATURE_FAILURE',
  'INVALID_CA',
  'INVALID_PURPOSE',
];

/** From the first TLS byte to the verified certificate. */
export const tlsRows: readonly ExplanationRow[] = [
  {
    code: 'tls-not-offered',
    when: [
      { code: ['TLS_NOT_OFFERED'] },
      { message: /^The server does not support SSL connections$/ },
      { message: /server does not support SSL, but SSL was required/ },
    ],
    title: (s) => `TLS is not offered by ${place(s)}`,
    why: 'The server said that it has no TLS, and the settings require it. Azure’s servers always offer it, so this is another server or something in between.',
    fix: [
      'Check host and port: a local PostgreSQL or a tunnel may answer instead.',
      'For a server on your own machine write sslmode=prefer; never for one across a network.',
    ],
    docs: `${pages.libpqSsl}#LIBPQ-SSL-PROTECTION`,
  },
  {
    code: 'certificate-expired',
    when: [{ code: ['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'] }, { message: /certificate has expired/i }],
    title: 'A certificate of the server is expired or not yet valid',
    why: 'The server’s certificate, or one of its issuers’, has expired or is not valid yet; or this machine’s clock is wrong.',
    fix: [
      'Check this machine’s clock (date -u).',
      ({ connection }) =>
        isOnAzure(connection)
          ? 'Azure renews its certificates itself: an expired one comes from something in between, such as a proxy that intercepts TLS.'
          : 'Renew the server’s certificate.',
    ],
    docs: pages.tls,
  },
  {
    code: 'certificate-revoked',
    when: [{ code: ['CERT_REVOKED', 'UNABLE_TO_GET_CRL', 'CRL_HAS_EXPIRED', 'CRL_NOT_YET_VALID'] }],
    title: 'The server’s certificate is revoked, or that could not be checked',
    why: 'The revocation list (sslcrl, sslcrldir) names the certificate, or has nothing valid to say about its issuer.',
    fix: ['Fetch the current revocation lists of all issuers, or leave sslcrl and sslcrldir out.'],
    docs: `${pages.libpq}#LIBPQ-CONNECT-SSLCRL`,
  },
  {
    code: 'host-name-mismatch',
    when: [{ code: ['HOST_NAME_MISMATCH', 'ERR_TLS_CERT_ALTNAME_INVALID', 'HOSTNAME_MISMATCH'] }],
    title: 'The server’s certificate is for another name',
    why: ({ ownMessage }) =>
      `${ownMessage === undefined ? '' : `${ownMessage}. `}The host was reached by an address, an alias, or a name of private DNS that is not in its certificate; or it is another server.`,
    fix: [
      'Use the server’s own name, NAME.postgres.database.azure.com.',
      'Where private DNS renames it, keep the alias as host and give the server’s own name as ssl_server_name; where only the address is unusual, give it as hostaddr.',
    ],
    docs: pages.tls,
  },
  {
    code: 'certificate-not-trusted',
    when: [
      { code: untrusted },
      { code: ['CERTIFICATE_NOT_TRUSTED'] },
      { message: /^(?:self-signed certificate|unable to (?:get|verify) .*(?:issuer|certificate))/i },
      { message: /certificate verify failed/i },
    ],
    title: 'The server’s certificate does not lead to a trusted root',
    why: ({ connection }) =>
      connection?.tls.rootCertificates.length
        ? 'The certificate was not issued by any of the roots that sslrootcert names: a wrong or outdated file, or a server other than the one meant.'
        : 'The certificate comes from an authority that this machine does not know: a private one, or a proxy that intercepts TLS.',
    fix: [
      ({ connection }) =>
        !isOnAzure(connection)
          ? 'Name the authority’s certificate: sslrootcert=/path/to/ca.pem.'
          : connection?.tls.rootCertificates.length
            ? 'Leave sslrootcert out: Azure’s roots (DigiCert Global Root G2, Microsoft RSA Root CA 2017) are built in, and a single downloaded file becomes outdated.'
            : 'Azure’s own certificates lead to roots that are built in, so this one is somebody else’s: look for a proxy or gateway in between, and for what the name resolves to.',
      'azure-pg doctor shows the chain and which root it needs. If the issuer is your company’s proxy, have it pass this host through.',
    ],
    docs: pages.tls,
  },
  {
    code: 'tls-version',
    when: [
      {
        code: [
          'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION',
          'ERR_SSL_UNSUPPORTED_PROTOCOL',
          'ERR_SSL_NO_PROTOCOLS_AVAILABLE',
          'ERR_SSL_VERSION_TOO_LOW',
          'ERR_SSL_TLSV1_ALERT_INSUFFICIENT_SECURITY',
        ],
      },
      { message: /unsupported protocol|alert protocol version/i },
    ],
    title: 'Client and server have no TLS version in common',
    why: 'Azure’s servers speak TLS 1.2 and 1.3. An older server, or ssl_min_protocol_version and ssl_max_protocol_version set too narrowly, leaves nothing in common.',
    fix: [
      'Take ssl_min_protocol_version and ssl_max_protocol_version out of the settings; check the server parameter ssl_min_protocol_version.',
    ],
    docs: pages.tls,
  },
  {
    code: 'tls-handshake-failed',
    when: [
      { code: ['TLS_HANDSHAKE_FAILED', 'ERR_SSL_WRONG_VERSION_NUMBER'] },
      { code: ['ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'EPROTO'] },
      { message: /^Client network socket disconnected before secure TLS connection was established$/ },
    ],
    title: 'The TLS handshake failed',
    why: ({ ownMessage }) =>
      `${ownMessage === undefined ? '' : `${ownMessage}. `}Something ended or garbled it: a proxy or firewall that inspects traffic, a port that is not PostgreSQL’s, or a pooler that does not take sslnegotiation=direct.`,
    fix: [
      'Check host and port, and take sslnegotiation=direct out of the settings if it is there.',
      'azure-pg doctor shows how far the handshake gets.',
    ],
    docs: pages.tls,
  },
];
