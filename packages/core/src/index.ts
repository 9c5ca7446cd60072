export { jittered, type PoolDefaults, poolDefaults } from './azure/pool-defaults.ts';
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
export { type AnnotatedError, annotateError } from './explain/annotate-error.ts';
export { driverError } from './explain/driver-error.ts';
export { explainError } from './explain/explain-error.ts';
export type { Explanation } from './explain/explanation.ts';
export { isRetryable } from './explain/is-retryable.ts';
export type { DiagnosticsChannel, DiagnosticsMessages, TokenRequestReason } from './notices/diagnostics.ts';
export type { Logger } from './notices/logger.ts';
export { warn, warnOnce } from './notices/warn-once.ts';
export { cancelQuery } from './open/cancel-query.ts';
export { type OpenOptions, openConnection } from './open/open-connection.ts';
export { openSession } from './open/open-session.ts';
export type { OpenedConnection } from './open/opened-connection.ts';
export { reachServer } from './open/reach-server.ts';
export type { Session, SessionResult } from './open/session.ts';
export { type DetectPoolingOptions, detectPooling } from './pooler-detection/detect-pooling.ts';
export type { DetectedPooling, PoolingEvidence } from './pooler-detection/detected-pooling.ts';
export {
  type EffectivePoolingOptions,
  effectivePooling,
  forgetPooling,
  rememberedPooling,
} from './pooler-detection/effective-pooling.ts';
export { sessionConnection } from './pooler-detection/session-connection.ts';
export { type SessionGuard, sessionGuard } from './pooler-detection/session-guard.ts';
export { assertNamedStatements } from './pooling/assert-named-statements.ts';
export {
  allowsNamedStatements,
  type PoolingAllows,
  type PoolingFeature,
  poolingAllows,
  refusesTransactions,
} from './pooling/pooling-features.ts';
export { type SessionFeature, sessionFeatures } from './pooling/session-features.ts';
export { hasStalePlan, isStalePlan, noteStalePlan } from './pooling/stale-plans.ts';
export { type SplitOptions, splitOptions } from './settings/adapters/split-options.ts';
export { settingsOfSsl, type TranslatedSsl, translateSslOption } from './settings/adapters/ssl-option.ts';
export type { ConnectionOptions, KeywordOptions } from './settings/gather/connection-options.ts';
export { speakingDatabaseUrl } from './settings/gather/environment.ts';
export { connectionOptionNames, isConnectionOption } from './settings/gather/option-names.ts';
export { parseConnectionString } from './settings/parse/parse-connection-string.ts';
export { type TakenParameters, takeParameters } from './settings/parse/take-parameters.ts';
export { resolveConnection } from './settings/resolve/resolve-connection.ts';
export { assertPoolerTakes } from './settings/resolve/startup-parameters.ts';
export type { Dial } from './tls/dialled-stream.ts';
export type { Target, Transport } from './tls/open-transport.ts';
export type { Clock } from './waiting/clock.ts';
