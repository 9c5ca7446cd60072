import { ours, type RecordedError, system } from './make-error.ts';

export const tlsErrors: readonly RecordedError[] = [
  {
    code: 'tls-not-offered',
    from: 'core',
    error: ours('TLS_NOT_OFFERED', 'The server does not support SSL'),
  },
  { code: 'tls-not-offered', from: 'pg', error: new Error('The server does not support SSL connections') },
  {
    code: 'certificate-expired',
    from: 'Node.js',
    error: system('CERT_HAS_EXPIRED', 'certificate has expired'),
  },
  {
    code: 'certificate-expired',
    from: 'core',
    error: ours('CERTIFICATE_NOT_TRUSTED', 'The certificate is not trusted', system('CERT_NOT_YET_VALID')),
  },
  { code: 'certificate-revoked', from: 'Node.js', error: system('CERT_REVOKED', 'certificate revoked') },
  {
    code: 'host-name-mismatch',
    from: 'Node.js',
    error: system('ERR_TLS_CERT_ALTNAME_INVALID', "Hostname/IP does not match certificate's altnames"),
  },
  { code: 'host-name-mismatch', from: 'core', error: ours('HOST_NAME_MISMATCH', 'It is for other.example') },
  {
    code: 'certificate-not-trusted',
    from: 'Node.js',
    error: system('SELF_SIGNED_CERT_IN_CHAIN', 'self-signed certificate in certificate chain'),
  },
  {
    code: 'certificate-not-trusted',
    from: 'Prisma',
    error: Object.assign(new Error('DriverAdapterError'), {
      cause: { kind: 'TlsConnectionError', reason: 'unable to verify the first certificate' },
    }),
  },
  {
    code: 'tls-version',
    from: 'Node.js',
    error: system('ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION', 'tlsv1 alert protocol version'),
  },
  {
    code: 'tls-handshake-failed',
    from: 'core',
    error: ours('TLS_HANDSHAKE_FAILED', 'The TLS handshake failed'),
  },
  {
    code: 'tls-handshake-failed',
    from: 'Node.js',
    error: system(
      'ECONNRESET',
      'Client network socket disconnected before secure TLS connection was established',
    ),
  },
];
