import {
  type AzureConnection,
  AzurePgError,
  allowsNamedStatements,
  assertPoolerTakes,
  jittered,
  type Pooling,
  poolDefaults,
  rememberedPooling,
  resolveConnection,
  type SessionGuard,
  sessionGuard,
} from '@azure-pg/core';
import driver from 'postgres';
import { answerReserve } from './answer-reserve.ts';
import { type Connector, connect, type Instance, type LiveOptions } from './connect.ts';
import { takeApart } from './driver-options.ts';
import { endWithConnection } from './end-with-connection.ts';
import { guardSession } from './guard-session.ts';
import { mendSubscribe } from './mend-subscribe.ts';

/** The instances made here, by their options. The driver makes instances of its own: see {@link connect}. */
const instances = new WeakMap<object, Instance>();

/** `postgres()` with its arguments told apart. */
export function makeInstance(url: string | undefined, options: object): driver.Sql {
  if ('shared' in options) return anotherInstance(options);
  const { driver: given, startup, ...settings } = takeApart(url, options);
  const connection = resolveConnection({ fallback_application_name: 'postgres.js', ...settings.connection });
  assertPoolerTakes(connection, startup, 'the option "connection"');
  return instanceOver({ connection, startup, given });
}

/** What an instance is made of. */
export interface InstanceParts {
  readonly connection: AzureConnection;
  /** Startup parameters beside those of the connection. */
  readonly startup: Readonly<Record<string, string>>;
  /** The driver's own options, as they were given. */
  readonly given: Readonly<Record<string, unknown>>;
}

// Registered, so that an instance of the ES module's copy of this package is known to its CommonJS copy.
const parts: unique symbol = Symbol.for('@azure-pg/postgresjs.parts');

/** What an instance, or the socket hook among its options, was made of; undefined where it was not made here. */
export function partsOf(sql: object): InstanceParts | undefined {
  return (sql as { [parts]?: () => InstanceParts })[parts]?.();
}

export function instanceOver(made: InstanceParts): driver.Sql {
  const { connection, startup, given } = made;
  const [{ host, port } = { host: '', port: 0 }] = connection.hosts;
  const state = newState();
  const connector: Connector = {
    connection,
    startup,
    ended: state.ended.signal,
    instanceOf: (live) => instances.get(live),
    prepare: (pooling) => preparePolicy(pooling, given),
  };
  const socket = (live: LiveOptions): ReturnType<typeof connect> => connect(connector, live);
  Object.defineProperty(socket, parts, { value: () => made });
  const own: Record<string, unknown> = { ...defaultsFor(connection), ...given };
  const sql = withoutVariable('PGTARGETSESSIONATTRS', () =>
    driver({
      ...own,
      ...spreadLifetime(own.max_lifetime),
      connect_timeout: connection.connectTimeout / 1000,
      prepare: connector.prepare(connection.pooling),
      // The driver sees one server, without TLS and without a password: the socket that it gets is past all that.
      host: [host],
      port: [port],
      path: host.startsWith('/') ? `${host}/.s.PGSQL.${port}` : undefined,
      pass: () => '',
      ssl: false,
      connection: { ...connection.startupParameters, ...startup },
      socket,
    } as object),
  );
  // A user that is yet to be derived from a token is not the operating system's.
  const user = connection.user ?? '';
  Object.assign(sql.options, { user, database: connection.database ?? user });
  return mended(sql, made, state);
}

/** `postgres({ ...sql.options, max: 1 })`: the driver takes options that it has parsed itself as they are. */
function anotherInstance(options: object): driver.Sql {
  const { socket } = options as { socket?: object };
  const made = socket && partsOf(socket);
  if (made !== undefined) {
    return mended(driver({ ...options }), made, newState());
  }
  throw new AzurePgError(
    'INVALID_SETTING',
    'The options are those of an instance that @azure-pg/postgresjs did not make: it would connect without a token and unverified',
    { hint: 'Give the options of an instance made by postgres() of @azure-pg/postgresjs, or a URL.' },
  );
}

const newState = (): Instance => ({ ended: new AbortController(), open: 0, unreached: false });

/** The driver's instance, without what is wrong with it. */
function mended(sql: driver.Sql, made: InstanceParts, state: Instance): driver.Sql {
  Object.defineProperty(sql, parts, { value: () => made });
  instances.set(sql.options, state);
  const { end } = sql;
  sql.end = async (options) => {
    // For a connection that is being made for a reservation, and fails, the driver waits without end. The limit is in seconds.
    await end(state.unreached ? { timeout: 1, ...options } : options);
    // What is still being connected then would otherwise stay open, and keep the process alive.
    state.ended.abort();
  };
  answerReserve(sql, state);
  endWithConnection(sql);
  mendSubscribe(sql, made.connection.logger);
  const guard = guardOf(made.connection);
  return guard === undefined ? sql : guardSession(sql, guard, false);
}

/** For pools on Azure and behind poolers; what the environment says to the driver, the user has said. Times in seconds. */
function defaultsFor(connection: AzureConnection): object {
  const { max, idleTimeout, maxLifetime } = poolDefaults(connection);
  const { keepalives, keepalivesIdle, keepalivesInterval, keepalivesCount } = connection.tcp;
  // The core has set all of it already; the driver knows the delay alone, and would set the rest back.
  const tuned = (keepalivesInterval ?? keepalivesCount) !== undefined;
  const defaults = {
    max,
    idle_timeout: idleTimeout,
    max_lifetime: maxLifetime,
    keep_alive: keepalives && !tuned ? keepalivesIdle : 0,
    backoff,
  };
  const told = (name: string): boolean => process.env[`PG${name.toUpperCase()}`] !== undefined;
  return Object.fromEntries(
    Object.entries(defaults).filter(([name, value]) => value !== undefined && !told(name)),
  );
}

/**
 * Seconds to wait before the next attempt to connect. The driver counts the failures of all its connections together and waits up to 20 s:
 * a pool of 20 would stand still that long after a restart of one second.
 */
const backoff = (failures: number): number => (0.5 + Math.random() / 2) * Math.min(3 ** failures / 100, 2);

/**
 * Whether statements may have names. Behind a pooler that does not carry them from server to server they must not: the driver
 * would report transactions as committed that are not.
 */
function preparePolicy(pooling: Pooling, given: Readonly<Record<string, unknown>>): unknown {
  const wanted = given.no_prepare ? false : given.prepare;
  if (allowsNamedStatements(pooling)) return wanted ?? true;
  if (!wanted || pooling.poolMode === 'detect') return false;
  throw new AzurePgError(
    'POOLER_UNSUPPORTED',
    `The option "prepare" is true, and a pooler in ${pooling.poolMode} mode with max_prepared_statements=0 loses prepared statements`,
    {
      hint: 'Leave "prepare" out; or set max_prepared_statements in PgBouncer, and here to the same number.',
      docs: 'https://www.pgbouncer.org/config.html#max_prepared_statements',
    },
  );
}

/** What belongs to a session is watched as soon as the pooling is known. */
function guardOf(connection: AzureConnection): SessionGuard | undefined {
  if (connection.pooling.poolMode !== 'detect') return sessionGuard(connection);
  let known: { readonly guard: SessionGuard | undefined } | undefined;
  return (text, inTransaction) => {
    const pooling = known === undefined ? rememberedPooling(connection) : undefined;
    if (pooling !== undefined) known = { guard: sessionGuard(connection, pooling) };
    return known?.guard?.(text, inTransaction);
  };
}

/** A pool that was filled at once should not be renewed at once; the driver asks for a lifetime per connection. */
function spreadLifetime(seconds: unknown): object {
  return typeof seconds === 'number' ? { max_lifetime: () => jittered(seconds) } : {};
}

/** The driver would act on the variable once more, for every connection, and knows fewer of its values. */
function withoutVariable<T>(name: string, make: () => T): T {
  const { [name]: value } = process.env;
  if (value === undefined) return make();
  delete process.env[name];
  try {
    return make();
  } finally {
    process.env[name] = value;
  }
}
