import type { ConnectionOptions } from '@azure-pg/core';
import type pg from 'pg';

// pg's names keep pg's types, so that a config written for pg fits here and ours fits there.
type OwnOptions = Omit<ConnectionOptions, keyof pg.PoolConfig>;

/**
 * pg's `ClientConfig` with the settings of `resolveConnection`: `credential`, `auth`, `sslmode`, `poolMode`, … Every form of it
 * that pg takes means the same here. `stream` is refused wherever the server is verified or gets a token: the connection is opened, verified
 * and signed in to before pg sees it.
 */
export interface ClientConfig extends pg.ClientConfig, OwnOptions {}

/** pg's `PoolConfig` with the settings of `resolveConnection`. */
export interface PoolConfig extends pg.PoolConfig, OwnOptions {}

/** pg-pool's own options. They change nothing about the connection, and pg-pool fills them in. */
export const poolOnlyOptions: ReadonlySet<string> = new Set(
  'Client Promise allowExitOnIdle idleTimeoutMillis log max maxLifetimeSeconds maxUses min onConnect poolSize types verify'.split(
    ' ',
  ),
);

/** Options that only pg knows: its pool's, those that its client reads, those that are translated into settings of ours, and two that are mostly refused. */
export const driverOptions: ReadonlySet<string> = new Set([
  ...poolOnlyOptions,
  ...'binary idle_in_transaction_session_timeout lock_timeout pipeline query_timeout scramMaxIterations statement_timeout'.split(
    ' ',
  ),
  ...'connectionTimeoutMillis enableChannelBinding keepAlive keepAliveInitialDelayMillis ssl'.split(' '),
  ...'connection stream'.split(' '),
]);

/** What holds, or may hold, a secret: reachable in a pool's options, but not printed with them. */
export const secretOptions: readonly string[] = [
  'connectionString',
  'credential',
  'oauthClientSecret',
  'oauth_client_secret',
  'password',
  'scramClientKey',
  'scramServerKey',
  'scram_client_key',
  'scram_server_key',
  'ssl',
  'sslkey',
  'sslpassword',
];
