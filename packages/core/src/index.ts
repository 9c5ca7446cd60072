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
export type { AccessToken, TokenCredential } from './credentials/token-credential.ts';
export { AzurePgError, type AzurePgErrorCode, type ServerErrorFields } from './errors/azure-pg-error.ts';
export type { Logger } from './logger.ts';
