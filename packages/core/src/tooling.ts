// What the command line tool and the configs of migration tools need beside the public names. Not for programs: it may change with any version.

export { cancelByKey } from './cancel-query.ts';
export { permittedAttempts } from './credential-safety.ts';
export { roleFromClaims } from './credentials/role-name.ts';
export { signInSource } from './credentials/sign-in.ts';
export { readClaims } from './credentials/token-claims.ts';
export { directPort, pooledPort } from './endpoint/ports.ts';
export { isLoopback, isUnixSocket } from './endpoint/token-host.ts';
export { explanationFor } from './errors/explain-error.ts';
export { type HandOver, handOver } from './hand-over.ts';
export { type ProbeReply, type ProbeSession, startProbeSession } from './pgbouncer/probe-session.ts';
export { longestPoolerPassword } from './pgbouncer/token-length.ts';
export type { TlsAttempt } from './tls/attempts.ts';
export { openTransport, type Transport } from './tls/open-transport.ts';
export { certificateIsFor } from './tls/peer-certificate.ts';
export { type Roots, rootsOf } from './tls/roots.ts';
export { type PreparedTls, secureContext } from './tls/secure-context.ts';
export { trustAnchorFile } from './tls/trust-anchor-file.ts';
