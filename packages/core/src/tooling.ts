// What our own packages need beside the public names. Not for programs: it may change with any version.

export { cancelByKey } from './cancel-query.ts';
export { staticPassword } from './connection-secrets.ts';
export { assertOptions } from './connection-string/assert-options.ts';
export { hostOfSocketPath } from './connection-string/socket-path.ts';
export { permittedAttempts } from './credential-safety.ts';
export { roleFromClaims } from './credentials/role-name.ts';
export { signInSource } from './credentials/sign-in.ts';
export { signInSync, type TransferableOptions } from './credentials/sign-in-sync.ts';
export { readClaims } from './credentials/token-claims.ts';
export { type DriverCredentials, driverCredentials } from './driver-credentials.ts';
export { isAzureHost } from './endpoint/endpoint.ts';
export { directPort, pooledPort } from './endpoint/ports.ts';
export { isLoopback, isUnixSocket } from './endpoint/token-host.ts';
export { explanationFor } from './errors/explain-error.ts';
export { type HandOver, handOver } from './hand-over.ts';
export { type ProbeReply, type ProbeSession, startProbeSession } from './pgbouncer/probe-session.ts';
export { longestPoolerPassword } from './pgbouncer/token-length.ts';
export type { TlsAttempt } from './tls/attempts.ts';
export { tlsOptions } from './tls/driver-tls.ts';
export { openTransport, type Transport } from './tls/open-transport.ts';
export { certificateIsFor } from './tls/peer-certificate.ts';
export { type Roots, rootsOf } from './tls/roots.ts';
export { type PreparedTls, secureContext } from './tls/secure-context.ts';
export { trustAnchorFile } from './tls/trust-anchor-file.ts';
