// What our own packages need beside the public names. Not for programs: it may change with any version.

export { isAzureHost } from './azure/endpoint.ts';
export { directPort, pooledPort } from './azure/ports.ts';
export { isLoopback, isUnixSocket } from './azure/token-host.ts';
export { staticPassword } from './connection/connection-secrets.ts';
export { signInSource } from './credentials/sign-in.ts';
export { roleFromClaims } from './credentials/token/role-name.ts';
export { readClaims } from './credentials/token/token-claims.ts';
export { explanationFor } from './explain/explain-error.ts';
export { cancelByKey } from './open/cancel-query.ts';
export { permittedAttempts } from './open/credential-safety.ts';
export { type DriverCredentials, driverCredentials } from './other-programs/driver-credentials.ts';
export { tlsOptions } from './other-programs/driver-tls.ts';
export { type HandOver, handOver } from './other-programs/hand-over-connection.ts';
export { signInSync, type TransferableOptions } from './other-programs/sign-in-sync.ts';
export { trustAnchorFile } from './other-programs/trust-anchor-file.ts';
export { type ProbeReply, type ProbeSession, startProbeSession } from './pooler-detection/probe-session.ts';
export { longestPoolerPassword } from './pooling/token-length.ts';
export { assertOptions } from './settings/gather/assert-options.ts';
export { hostOfSocketPath } from './settings/parse/socket-path.ts';
export type { TlsAttempt } from './tls/attempts.ts';
export { openTransport, type Transport } from './tls/open-transport.ts';
export { certificateIsFor } from './tls/peer-certificate.ts';
export { type Roots, rootsOf } from './tls/roots.ts';
export { type PreparedTls, secureContext } from './tls/secure-context.ts';
