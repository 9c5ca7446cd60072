export type {
  Emulator,
  EmulatorCa,
  EmulatorOptions,
  EmulatorPgBouncer,
  EmulatorPorts,
  EmulatorPostgres,
  Failover,
  FailoverOptions,
  StoppableServer,
} from './emulator.ts';
export { EmulatorError, type EmulatorErrorCode } from './emulator-error.ts';
export type { Identity, IdentityKind, IdentityOptions } from './entra/directory.ts';
export type { Entra } from './entra/entra.ts';
export type { Environment, Environments } from './entra/environments.ts';
export type { IssuedToken, IssueTokenOptions } from './entra/token-issuer.ts';
export type { TokenFailure, TokenFailureOptions, TokenFlow, TokenRequest } from './entra/token-requests.ts';
export type { ListenAddress } from './machine/free-port.ts';
export { type PgBouncerAvailability, pgbouncerAvailable } from './pgbouncer/find-pgbouncer.ts';
export type { PoolerOptions } from './pgbouncer/pgbouncer-server.ts';
export type { SettingValue } from './postgres/postgres-server.ts';
export { startEmulator } from './start-emulator.ts';
export {
  type CertificateAuthority,
  createCertificateAuthority,
  type IssuedCertificate,
  type IssueOptions,
} from './tls/certificate-authority.ts';
