import { type AzureConnection, type ConnectionOptions, resolveConnection } from '@azure-pg/core';
import {
  assertOptions,
  assertPoolerTakes,
  settingsOfSsl,
  splitOptions,
  stringFirst,
} from '@azure-pg/core/adapter';
import { withoutFillings } from './connection-parameters.ts';
import type { Driver } from './driver-client.ts';
import { type ClientConfig, driverOptions, type PoolConfig, poolOnlyOptions } from './options.ts';
import { usableSsl } from './ssl-option.ts';
import { withUrlOptions } from './url-options.ts';
import { assertMaySupplySocket } from './user-supplied-socket.ts';

/** A config of pg's and ours as it was read: once, however many clients are made of it. */
export interface ReadConfig {
  /** The config as an object; what only pg reads in a URL is among its options. */
  readonly given: PoolConfig;
  /** Where it leads. */
  readonly connection: AzureConnection;
  /** It was made to go past the pooler; what is made of it must say so as well. */
  readonly direct: boolean;
}

/**
 * Under this name a config carries what was read from it, so that a pool's clients need not read it again. It holds only as long as the config
 * is unchanged.
 */
const resolved: unique symbol = Symbol.for('@azure-pg/pg.resolved');

interface Resolved {
  readonly connection: AzureConnection;
  readonly settings: Readonly<Record<string, unknown>>;
  /** The config means the direct twin of what its settings say; that holds when they are changed as well. */
  readonly direct: boolean;
}

/** Notes in a config what was resolved from it. `shown` lets copies of the config (by spreading) have it too. */
export function carryConnection(
  config: object,
  connection: AzureConnection,
  shown: boolean,
  direct = false,
): void {
  const settings = settingsIn(config);
  Object.defineProperty(config, resolved, {
    value: () => ({ connection, settings, direct }),
    enumerable: shown,
    configurable: true,
  });
}

/**
 * Reads a config: a connection string, pg's options with ours alongside, pg's `ConnectionParameters`, or nothing.
 *
 * @param driver the copy of pg whose `defaults` count.
 * @param changed options that win over the connection string, which otherwise wins over where to go and as whom, as with pg.
 * @throws AzurePgError as `resolveConnection` does, and `INVALID_SETTING` for an option that is nearly one that pg or we know.
 */
export function readConfig(
  config: string | ClientConfig | PoolConfig | undefined | null,
  { defaults }: Pick<Driver, 'defaults'>,
  changed: ReadonlySet<string> = new Set(),
): ReadConfig {
  const object = asObject(config);
  const carried = carriedBy(object);
  const direct = carried?.direct ?? false;
  const settings = settingsIn(object);
  if (carried !== undefined && sameSettings(carried.settings, settings)) {
    return { given: object, connection: carried.connection, direct };
  }
  const given = withUrlOptions(object);
  const { connection: all, driver } = splitOptions(withPassword(given), driverOptions);
  // What somebody changed in a pool's options, or in a copy of them, was meant.
  const later = (name: string): boolean =>
    changed.has(name) || (carried !== undefined && !Object.is(carried.settings[name], settings[name]));
  const options = stringFirst(all, later);
  const env = environment(defaults);
  const ssl = env.PGSSLMODE ? undefined : defaults.ssl || undefined;
  const written = resolveConnection({ ...options, ...translated(driver, options, ssl) }, undefined, env);
  assertMaySupplySocket(driver, written);
  const connection = direct ? written.direct() : written;
  assertPoolerTakes(connection, serverTimeouts(driver), "pg's options");
  return { given, connection, direct };
}

/** Whether a config carries what was resolved from it by this library. */
export function isResolved(config: unknown): boolean {
  return typeof config === 'object' && config !== null && carriedBy(config) !== undefined;
}

const carriedBy = (config: object): Resolved | undefined =>
  (config as { [resolved]?: () => Resolved })[resolved]?.();

/** A config as an object; pg takes a connection string instead, or its `ConnectionParameters`. */
export function asObject(config: string | ClientConfig | PoolConfig | undefined | null): PoolConfig {
  if (typeof config === 'string') return { connectionString: config };
  assertOptions(config);
  return withoutFillings(config ?? {});
}

// pg's pool hides the password from enumeration; spreading a config must not lose it.
function withPassword(config: PoolConfig): PoolConfig {
  return config.password === undefined ? config : { ...config, password: config.password };
}

/** pg's own options in settings of ours. */
function translated(
  driver: Record<string, unknown>,
  options: ConnectionOptions,
  otherwise: unknown,
): ConnectionOptions {
  const {
    connectionTimeoutMillis,
    enableChannelBinding,
    keepAlive,
    keepAliveInitialDelayMillis,
    scramMaxIterations,
  } = driver;
  const given: ConnectionOptions = {
    ...settingsOfSsl(usableSsl(driver.ssl).ssl, options, otherwise),
    // Whole seconds here; the client is precise to the millisecond.
    connect_timeout: seconds(connectionTimeoutMillis),
    keepalives: typeof keepAlive === 'boolean' ? keepAlive : undefined,
    keepalives_idle: seconds(keepAliveInitialDelayMillis) || undefined,
    scram_max_iterations: scramMaxIterations as ConnectionOptions['scram_max_iterations'],
    channel_binding:
      typeof enableChannelBinding !== 'boolean' ? undefined : enableChannelBinding ? 'prefer' : 'disable',
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

const seconds = (milliseconds: unknown): number | undefined =>
  milliseconds === undefined ? undefined : Math.ceil(Number(milliseconds) / 1000);

/** The parameters that pg sends to the server for its timeouts: https://node-postgres.com/apis/client */
function serverTimeouts(driver: Record<string, unknown>): Record<string, unknown> {
  const names = ['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'];
  return Object.fromEntries(names.filter((name) => driver[name]).map((name) => [name, driver[name]]));
}

/** What a program has put into `pg.defaults` counts as the weakest layer of the environment. */
function environment(defaults: Driver['defaults']): NodeJS.ProcessEnv {
  const { host, port, user, database, password, sslnegotiation, client_encoding } = defaults;
  const system = process.platform === 'win32' ? process.env.USERNAME : process.env.USER;
  const set: NodeJS.ProcessEnv = {};
  if (host && host !== 'localhost') set.PGHOST = host;
  if (port && port !== 5432) set.PGPORT = String(port);
  if (user && user !== system) set.PGUSER = user;
  if (database) set.PGDATABASE = database;
  if (typeof password === 'string' && password) set.PGPASSWORD = password;
  if (sslnegotiation) set.PGSSLNEGOTIATION = sslnegotiation;
  if (client_encoding) set.PGCLIENTENCODING = client_encoding;
  // `process.env.PGSSLMODE = undefined` makes it a string.
  const given = Object.entries(process.env).filter(
    ([name, value]) => !name.startsWith('PG') || value !== 'undefined',
  );
  return { ...set, ...Object.fromEntries(given) };
}

function settingsIn(config: object): Record<string, unknown> {
  const settings = Object.entries(withPassword(config)).filter(
    ([name, value]) => !poolOnlyOptions.has(name) && value !== undefined,
  );
  return Object.fromEntries(settings);
}

function sameSettings(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.is(a[name], b[name]));
}
