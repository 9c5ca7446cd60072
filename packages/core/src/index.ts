export { errorResponseOf } from './authentication/server-refusal.ts';
export { cancelQuery } from './cancel-query.ts';
export type {
  Auth,
  AzureConnection,
  Endpoint,
  EntraSettings,
  Host,
  Pooling,
  PoolMode,
  SettingSource,
  SslMode,
  TargetSessionAttrs,
  TcpSettings,
  TlsSettings,
} from './connection.ts';
export type {
  ConnectionOptions,
  KeywordOptions,
  PasswordFunction,
  PasswordRequest,
} from './connection-string/connection-options.ts';
export { speakingDatabaseUrl } from './connection-string/environment.ts';
export { connectionOptionNames, isConnectionOption } from './connection-string/option-names.ts';
export { parseConnectionString } from './connection-string/parse-connection-string.ts';
export { type SplitOptions, splitOptions } from './connection-string/split-options.ts';
export { settingsOfSsl, type TranslatedSsl, translateSslOption } from './connection-string/ssl-option.ts';
export { assertPoolerTakes } from './connection-string/startup-parameters.ts';
export { type TakenParameters, takeParameters } from './connection-string/take-parameters.ts';
export type { Clock } from './credentials/clock.ts';
export type { EntraToken } from './credentials/entra-token.ts';
export { type EntraTokenProviderOptions, entraTokenProvider } from './credentials/entra-token-provider.ts';
export type { TokenClaims } from './credentials/token-claims.ts';
export type { AccessToken, TokenCredential } from './credentials/token-credential.ts';
export {
  createTokenProvider,
  type GetTokenOptions,
  type TokenProvider,
  type TokenProviderOptions,
} from './credentials/token-provider.ts';
export type { DiagnosticsChannel, DiagnosticsMessages, TokenRequestReason } from './diagnostics.ts';
export { jittered, type PoolDefaults, poolDefaults } from './endpoint/pool-defaults.ts';
export { type AnnotatedError, annotateError } from './errors/annotate-error.ts';
export { AzurePgError, type AzurePgErrorCode, type ServerErrorFields } from './errors/azure-pg-error.ts';
export { driverError } from './errors/driver-error.ts';
export { explainError } from './errors/explain-error.ts';
export type { Explanation } from './errors/explanation.ts';
export { isRetryable } from './errors/is-retryable.ts';
export type { Logger } from './logger.ts';
export { type OpenedConnection, type OpenOptions, openConnection } from './open-connection.ts';
export { openSession } from './open-session.ts';
export { assertNamedStatements } from './pgbouncer/assert-named-statements.ts';
export { type DetectPoolingOptions, detectPooling } from './pgbouncer/detect-pooling.ts';
export type { DetectedPooling, PoolingEvidence } from './pgbouncer/detected-pooling.ts';
export {
  contradictsPooling,
  type EffectivePoolingOptions,
  effectivePooling,
  forgetPooling,
  rememberedPooling,
} from './pgbouncer/effective-pooling.ts';
export {
  allowsNamedStatements,
  type PoolingAllows,
  type PoolingFeature,
  poolingAllows,
  refusesTransactions,
} from './pgbouncer/pooling-features.ts';
export { sessionConnection } from './pgbouncer/session-connection.ts';
export { type SessionFeature, sessionFeatures } from './pgbouncer/session-features.ts';
export { type SessionGuard, sessionGuard } from './pgbouncer/session-guard.ts';
export { hasStalePlan, isStalePlan, noteStalePlan } from './pgbouncer/stale-plans.ts';
export type { Session, SessionResult } from './protocol/session.ts';
export { reachServer } from './reach-server.ts';
export { resolveConnection } from './resolve-connection.ts';
export type { Dial } from './tls/dialled-stream.ts';
export type { Target, Transport } from './tls/open-transport.ts';
export { warn, warnOnce } from './warn-once.ts';
