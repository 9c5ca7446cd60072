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
import { type Connector, connect, type LiveOptions } from './connect.ts';
import { takeApart } from './driver-options.ts';
import { endWithConnection } from './end-with-connection.ts';
import { guardSession } from './guard-session.ts';
import { mendSubscribe } from './mend-subscribe.ts';

/** The options of every instance made here, and what fires when it ends. The driver makes instances of its own: see {@link connect}. */
const instances = new WeakMap<object, AbortController>();

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

/** What an instance was made of; undefined where it was not made here. */
export function partsOf(sql: object): InstanceParts | undefined {
  return (sql as { [parts]?: () => InstanceParts })[parts]?.();
}

export function instanceOver(made: InstanceParts): driver.Sql {
  const { connection, startup, given } = made;
  const [{ host, port } = { host: '', port: 0 }] = connection.hosts;
  const ended = new AbortController();
  const connector: Connector = {
    connection,
    startup,
    ended,
    controllerOf: (live) => instances.get(live),
    prepare: (pooling) => preparePolicy(pooling, given),
  };
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
      socket: (live: LiveOptions) => connect(connector, live),
    } as object),
  );
  // A user that is yet to be derived from a token is not the operating system's.
  const user = connection.user ?? '';
  Object.assign(sql.options, { user, database: connection.database ?? user });
  Object.defineProperty(sql, parts, { value: () => made });
  endConnecting(sql, ended);
  answerReserve(sql);
  endWithConnection(sql);
  mendSubscribe(sql, connection.logger);
  const guard = guardOf(connection);
  return guard === undefined ? sql : guardSession(sql, guard, false);
}

/** `postgres({ ...sql.options, max: 1 })`: the driver takes options that it has parsed itself as they are. */
function anotherInstance(options: object): driver.Sql {
  return endConnecting(driver({ ...options }), new AbortController());
}

/** What is still being connected when the instance ends would otherwise stay open, and keep the process alive. */
function endConnecting(sql: driver.Sql, ended: AbortController): driver.Sql {
  instances.set(sql.options, ended);
  const { end } = sql;
  sql.end = async (options) => {
    await end(options);
    ended.abort();
  };
  return sql;
}

/** For pools on Azure and behind poolers; what the environment says to the driver, the user has said. Times in seconds. */
function defaultsFor(connection: AzureConnection): object {
  const { max, idleTimeout, maxLifetime } = poolDefaults(connection);
  const { keepalives, keepalivesIdle } = connection.tcp;
  const defaults = {
    max,
    idle_timeout: idleTimeout,
    max_lifetime: maxLifetime,
    keep_alive: keepalives ? keepalivesIdle : 0,
  };
  const told = (name: string): boolean => process.env[`PG${name.toUpperCase()}`] !== undefined;
  return Object.fromEntries(
    Object.entries(defaults).filter(([name, value]) => value !== undefined && !told(name)),
  );
}

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
