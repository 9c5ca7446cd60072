import { sessionConnection } from '@azure-pg/core';
import { directConfig, ownConnection, type PgPoolConfig, poolConfig } from '@azure-pg/pg';
import type pg from 'pg';

/**
 * Where a client of Knex's connects, read and checked, with secrets that are not printed. Of a class of its own: Knex copies plain objects member by
 * member, which would show them.
 */
export class ConnectionSettings {
  declare readonly max?: number;
  declare readonly idleTimeoutMillis?: number | null;
  declare readonly maxLifetimeSeconds?: number;
  declare readonly password?: unknown;
}

/**
 * @param given what Knex made of the program's `connection`, or what was read of it.
 * @param direct to the server itself, not through its pooler.
 * @throws AzurePgError as `poolConfig` does, and `POOLER_UNSUPPORTED` where only the pooler is known and `direct` is asked for.
 */
export function readSettings(given: string | object, driver: typeof pg, direct: boolean): ConnectionSettings {
  const written = given instanceof ConnectionSettings ? given : asWritten(given);
  const config = poolConfig(written as PgPoolConfig, { pg: driver });
  if (direct) hasSession(config);
  const settings = direct ? directConfig(config) : config;
  showDestination(settings);
  return Object.setPrototypeOf(settings, ConnectionSettings.prototype);
}

/** For those who ask the client where it connects, as `client.database()` does: what a connection string says is an option to them. */
function showDestination(settings: object): void {
  const { hosts: [first] = [], database, user } = ownConnection({ ...settings, options: settings }) ?? {};
  const shown = { host: first?.host, port: first?.port, database, user };
  for (const [name, value] of Object.entries(shown)) {
    if (!Object.hasOwn(settings, name)) Object.defineProperty(settings, name, { value, configurable: true });
  }
}

/**
 * What the program wrote, of which Knex reads a string itself, with pg-connection-string. One that is no URL to it, with several hosts or of keywords and values, it takes for the name of
 * an SQLite file. Of a URL all parameters are left, and an `ssl` is made of those whose names begin with it, which says less than they do.
 */
function asWritten(
  given: string | (PgPoolConfig & { filename?: unknown; sslmode?: unknown }),
): PgPoolConfig | string {
  if (typeof given === 'string' || 'connectionString' in given) return given;
  const names = Object.keys(given).filter((name) => given[name as keyof typeof given] !== undefined);
  if ('filename' in given && names.length === 1) return String(given.filename);
  return isMadeOfUrl(given) ? asInUrl(given) : given;
}

/** What is not in the URL is said by the environment, and IPv6 has its brackets there alone. */
function asInUrl({ ssl, ...given }: PgPoolConfig & { sslmode?: unknown }): PgPoolConfig {
  const told = Object.entries(given).filter(([, value]) => value !== '' && value !== null);
  const { host, ...others } = Object.fromEntries(told) as PgPoolConfig;
  return {
    ...others,
    ...(host === undefined ? {} : { host: host.replace(/^\[(.*)\]$/, '$1') }),
    ...(ssl === undefined || isMadeOfParameters(ssl, given) ? {} : { ssl }),
  };
}

const isMadeOfUrl = (given: object): boolean =>
  ['user', 'password', 'host', 'database'].every((name) => name in given);

function isMadeOfParameters(ssl: unknown, given: { sslmode?: unknown }): boolean {
  if (typeof ssl !== 'object' || ssl === null || typeof given.sslmode !== 'string') return false;
  const sources: Readonly<Record<string, string>> = { ca: 'sslrootcert', cert: 'sslcert', key: 'sslkey' };
  return Object.keys(ssl).every((name) => (sources[name] ?? '') in given);
}

/**
 * Whether migrations have a session with these settings already, or with those of a program's own pool: there is no pooler in between.
 *
 * @throws AzurePgError `POOLER_UNSUPPORTED` where only the pooler is known.
 */
export function hasSession(source: object): boolean {
  const pool = 'options' in source && 'Client' in source ? source : { ...source, options: source };
  const connection = ownConnection(pool);
  return connection === undefined || sessionConnection(connection, 'A migration') === connection;
}
