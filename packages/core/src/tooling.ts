// For our own command line, which is pinned to this very version: it may change with any.

export { isCanonicalGuid, isGuid } from './azure/guid.ts';
export { isLoopback, isUnixSocket } from './azure/token-host.ts';
export { type Conceal, concealing } from './connection/conceal.ts';
export { signInSource } from './credentials/sign-in.ts';
export { roleFromClaims } from './credentials/token/role-name.ts';
export { readClaims } from './credentials/token/token-claims.ts';
export { explanationFor } from './explain/explain-error.ts';
export { tokenPrincipalOf } from './explain/token-principal.ts';
export { unshowable, webTokens } from './notices/showable.ts';
export { cancelByKey } from './open/cancel-query.ts';
export { permittedAttempts } from './open/credential-safety.ts';
export { openSession } from './open/open-session.ts';
export type { Session } from './open/session.ts';
export { type DemandingSetting, refuseLost, refuseUnreadable } from './other-programs/refuse-lost.ts';
export { effectivePooling } from './pooler-detection/effective-pooling.ts';
export { allowsNamedStatements } from './pooling/pooling-features.ts';
export { longestPoolerPassword } from './pooling/token-length.ts';
export { sslModes } from './settings/resolve/tls-settings.ts';
export { settingNames, settingRow } from './settings/table/settings.ts';
export { rootsGiven, type TlsAttempt, tlsAttempts } from './tls/attempts.ts';
export { fallsBack } from './tls/next-attempt.ts';
export { openTransport, type Transport } from './tls/open-transport.ts';
export { type Roots, rootsOf } from './tls/roots.ts';
