/**
 * Connect to Azure Database for PostgreSQL from any driver: connection strings, Microsoft Entra tokens, verified TLS and PgBouncer.
 *
 * @packageDocumentation
 */
export type {
  Auth,
  AuthMethod,
  AzureConnection,
  CloudName,
  Endpoint,
  EntraSettings,
  Host,
  Pooling,
  PoolMode,
  RequireAuth,
  SslMode,
  TargetSessionAttrs,
  TcpSettings,
  TlsSettings,
} from './connection/connection.ts';
export type { PasswordFunction, PasswordRequest } from './connection/password-function.ts';
export type { AccessToken, TokenCredential } from './connection/token-credential.ts';
export type { EntraToken } from './credentials/token/entra-token.ts';
export {
  type EntraTokenProviderOptions,
  entraTokenProvider,
} from './credentials/token/entra-token-provider.ts';
export type { TokenClaims } from './credentials/token/token-claims.ts';
export { createTokenProvider } from './credentials/token/token-provider.ts';
export type {
  GetTokenOptions,
  TokenProvider,
  TokenProviderOptions,
} from './credentials/token/token-source.ts';
export { AzurePgError, type AzurePgErrorCode, type ServerErrorFields } from './errors/azure-pg-error.ts';
export type { SettingSource } from './errors/setting-source.ts';
export { explainError } from './explain/explain-error.ts';
export type { Explanation } from './explain/explanation.ts';
export { isRetryable } from './explain/is-retryable.ts';
export type { DiagnosticsChannel, DiagnosticsMessages, TokenRequestReason } from './notices/diagnostics.ts';
export type { Logger } from './notices/logger.ts';
export { cancelQuery } from './open/cancel-query.ts';
export { openConnection } from './open/open-connection.ts';
export type { OpenedConnection } from './open/opened-connection.ts';
export type { OpenOptions } from './open/opening.ts';
export type { Session, SessionResult } from './open/session.ts';
export { type DetectPoolingOptions, detectPooling } from './pooler-detection/detect-pooling.ts';
export type { DetectedPooling, PoolingEvidence } from './pooler-detection/detected-pooling.ts';
export { forgetPooling } from './pooler-detection/effective-pooling.ts';
export { sessionConnection } from './pooler-detection/session-connection.ts';
export type { ConnectionOptions } from './settings/gather/connection-options.ts';
export type { SettingOptions } from './settings/gather/setting-options.ts';
export { parseConnectionString } from './settings/parse/parse-connection-string.ts';
export { resolveConnection } from './settings/resolve/resolve-connection.ts';
export type { Dial } from './tls/dialled-stream.ts';
export type { Target, Transport } from './tls/open-transport.ts';
export type { Clock } from './waiting/clock.ts';
