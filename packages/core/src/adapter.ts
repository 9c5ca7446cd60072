/**
 * For authors of driver adapters. It is stable: what is here changes as the public names do, with a major version.
 *
 * An adapter reads its driver's options and ours ({@link splitOptions}, {@link settingsOfSsl}), resolves them (`resolveConnection`), and
 * opens connections in its driver's connect hook ({@link openForDriver}). What it needs to know of the pooler and of errors is here as well;
 * it never deals with TLS, tokens or the protocol. `packages/template` is a complete one.
 *
 * @packageDocumentation
 */

// Reading options
export { isAzureHost } from './azure/endpoint.ts';
// Pools
export { jittered, type PoolDefaults, poolDefaults } from './azure/pool-defaults.ts';
export { staticPassword } from './connection/connection-secrets.ts';
// Errors and warnings
export { type AnnotatedError, annotateError } from './explain/annotate-error.ts';
export { driverError } from './explain/driver-error.ts';
// Programs that import the driver itself
export type { DriverFiles, EsModuleFile } from './for-drivers/loader-source.ts';
// Opening
export {
  type DriverConnection,
  type DriverOpenOptions,
  openForDriver,
} from './for-drivers/open-for-driver.ts';
export {
  runTransactionOver,
  type TransactionOptions,
  type TransactionRunner,
} from './for-drivers/run-transaction.ts';
export type { ServerWatch } from './for-drivers/server-watch.ts';
export { type LoadedDriver, type Require, whenLoaded } from './for-drivers/when-loaded.ts';
export { warn, warnOnce } from './notices/warn-once.ts';
export type { Session, SessionResult } from './open/session.ts';
// Programs that open their own connections
export { type DriverCredentials, driverCredentials } from './other-programs/driver-credentials.ts';
export { type PrismaEngineUrlOptions, prismaEngineUrl } from './other-programs/prisma-engine-url.ts';
export {
  type PrismaParameter,
  type PrismaParameters,
  takePrismaParameters,
} from './other-programs/prisma-parameters.ts';
export type { TransferableOptions } from './other-programs/sign-in-sync.ts';
// Obeying the pooler
export {
  type EffectivePoolingOptions,
  effectivePooling,
  rememberedPooling,
} from './pooler-detection/effective-pooling.ts';
export { type SessionGuard, sessionGuard } from './pooler-detection/session-guard.ts';
export { assertNamedStatements } from './pooling/assert-named-statements.ts';
export { allowsNamedStatements, refusesTransactions } from './pooling/pooling-features.ts';
export { hasStalePlan, isStalePlan, noteStalePlan } from './pooling/stale-plans.ts';
export { type Destination, isForAzure } from './settings/adapters/is-for-azure.ts';
export { refuseMisplaced } from './settings/adapters/misplaced-options.ts';
export { type SplitOptions, splitOptions } from './settings/adapters/split-options.ts';
export { settingsOfSsl, type TranslatedSsl, translateSslOption } from './settings/adapters/ssl-option.ts';
export { stringFirst } from './settings/adapters/string-first.ts';
export { assertOptions } from './settings/gather/assert-options.ts';
export { speakingDatabaseUrl } from './settings/gather/environment.ts';
export { hostOfSocketPath } from './settings/parse/socket-path.ts';
export { type TakenParameters, takeParameters } from './settings/parse/take-parameters.ts';
export { assertPoolerTakes } from './settings/resolve/startup-parameters.ts';
export type { Dial } from './tls/dialled-stream.ts';
