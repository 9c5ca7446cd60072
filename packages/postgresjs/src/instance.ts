import { type AzureConnection, AzurePgError, resolveConnection } from '@azure-pg/core';
import {
  assertOptions,
  assertPoolerTakes,
  effectivePooling,
  jittered,
  poolDefaults,
  rememberedPooling,
  sessionGuard,
  staticPassword,
  warn,
} from '@azure-pg/core/adapter';
import type driver from 'postgres';
import type { Driver } from './bare-driver.ts';
import { connect, dialOf, type InstanceParts, preparePolicy } from './connect.ts';
import type { LiveOptions } from './driver-faults/driver-socket.ts';
import { backoff, fixedInstance } from './driver-faults/fixed-instance.ts';
import { InstanceState } from './driver-faults/instance-state.ts';
import type { Refuse } from './driver-faults/watch.ts';
import { splitArguments } from './driver-options/driver-arguments.ts';
import { LearnedTypes } from './learned-types.ts';
import { tellReleases } from './pool-of.ts';

/** `postgres()` with its arguments separated, of a copy of the driver. */
export function makeInstance(from: Driver, url: string | undefined, options: object): driver.Sql {
  assertOptions(options);
  if ('shared' in options) return anotherInstance(options);
  const { driver: given, connection: settings, ...others } = splitArguments(url, options);
  const connection = resolveConnection({ fallback_application_name: 'postgres.js', ...settings });
  assertPoolerTakes(connection, others.startup, 'the option "connection"');
  return instanceOver({ ...others, driver: from, connection, given });
}

/** Milliseconds; setTimeout fires at once beyond it. */
const longestTimeout = 2 ** 31 - 1;

// Registered, so that an instance of the ES module's copy of this package is known to its CommonJS copy.
const parts: unique symbol = Symbol.for('@azure-pg/postgresjs.parts');

/** What an instance, or the socket hook among its options, was made of; undefined where it was not made here. */
export function partsOf(sql: object): InstanceParts | undefined {
  return (sql as { [parts]?: () => InstanceParts })[parts]?.();
}

/** An instance that goes where its parts say. */
export function instanceOver(made: InstanceParts): driver.Sql {
  const { connection, startup, given, connectTimeout } = made;
  const [{ host, port } = { host: '', port: 0 }] = connection.hosts;
  const own: Record<string, unknown> = { ...defaultsFor(connection), ...given };
  const { max_lifetime } = own;
  // A pool that was filled at once should not be renewed at once; the driver asks for a lifetime per connection.
  if (typeof max_lifetime === 'number') own.max_lifetime = () => jittered(max_lifetime);
  const sql = finished(made, {
    ...own,
    connect_timeout: connectTimeout ?? connection.connectTimeout / 1000,
    prepare: preparePolicy(connection.pooling, given),
    // The driver sees one server, without TLS and without a password: the socket that it gets is past all that.
    host: [host],
    port: [port],
    path: host.startsWith('/') ? `${host}/.s.PGSQL.${port}` : undefined,
    pass: () => '',
    ssl: false,
    connection: { ...connection.startupParameters, ...startup },
  });
  // A user that is yet to be derived from a token is not the operating system's.
  const user = connection.user ?? '';
  Object.assign(sql.options, { user, database: connection.database ?? user });
  // The user's own, when read by name; printing or copying the options leaves it out.
  const pass = { get: () => staticPassword(connection) ?? '', enumerable: false, configurable: true };
  Object.defineProperty(sql.options, 'pass', pass);
  return sql;
}

/** `postgres({ ...sql.options, max: 1 })`: the driver takes options that it has parsed itself as they are. */
function anotherInstance(options: object): driver.Sql {
  const { socket } = options as { socket?: object };
  const made = socket && partsOf(socket);
  if (made !== undefined) return finished(made, options);
  throw new AzurePgError(
    'INVALID_SETTING',
    'The options are those of an instance that @azure-pg/postgresjs did not make: it would connect without a token and unverified',
    { hint: 'Give the options of an instance made by postgres() of @azure-pg/postgresjs, or a URL.' },
  );
}

/** The driver's instance, connected by us, and with a guard over what a pooler loses. */
function finished(made: InstanceParts, options: object): driver.Sql {
  const { connection } = made;
  const [host] = connection.hosts;
  const state = new InstanceState(made.driver, { host: host?.host, port: host?.port });
  const types = new LearnedTypes();
  const socket = (live: LiveOptions): ReturnType<typeof connect> => {
    // The driver makes instances of its own, with options of their own.
    const serves = Object.is(live, sql.options);
    return connect(made, live, { state, types, serves });
  };
  Object.defineProperty(socket, parts, { value: () => made });
  const sql = fixedInstance(
    // The core asks for the types.
    { ...options, socket, fetch_types: false },
    state,
    {
      refuse: guardOf(made, state),
      pooled: connection.pooling.poolMode !== 'none',
      queryTimeout: queryTimeoutOf(made),
    },
    (message) => warn(connection.logger, message),
  );
  Object.defineProperty(sql, parts, { value: () => made });
  tellReleases(sql, (listener) => state.onRelease(listener));
  return sql;
}

/** The guard over what a pooler loses; while it is still to be detected what pooler that is, queries wait for that. */
function guardOf({ connection, transport }: InstanceParts, state: InstanceState): Refuse | undefined {
  const guard = sessionGuard(connection);
  if (guard === undefined || connection.pooling.poolMode !== 'detect') return guard;
  const { signal } = state.ended;
  return (text, inTransaction) => {
    const known = rememberedPooling(connection) !== undefined;
    if (known) return guard(text, inTransaction);
    return effectivePooling(connection, { signal, dial: dialOf(transport) }).then(
      () => guard(text, inTransaction),
      // The connection that is made for it fails with the reason.
      () => undefined,
    );
  };
}

function queryTimeoutOf({ given }: InstanceParts): number {
  const { query_timeout = 0 } = given as { query_timeout?: unknown };
  if (typeof query_timeout === 'number' && query_timeout >= 0 && query_timeout <= longestTimeout)
    return query_timeout;
  throw new AzurePgError(
    'INVALID_SETTING',
    `"query_timeout" is ${JSON.stringify(query_timeout)}, which is no number of milliseconds`,
    { hint: `Give a number from 0 (any time) to ${longestTimeout}.` },
  );
}

/** For pools on Azure and behind poolers; what the environment tells the driver counts as the user's choice. Times in seconds. */
function defaultsFor(connection: AzureConnection): object {
  const { max, idleTimeout: idle_timeout, maxLifetime: max_lifetime } = poolDefaults(connection);
  const { keepalives, keepalivesIdle, keepalivesInterval, keepalivesCount } = connection.tcp;
  // The core has set all of it already; the driver knows the delay alone, and would set the rest back.
  const tuned = (keepalivesInterval ?? keepalivesCount) !== undefined;
  const keep_alive = keepalives && !tuned ? keepalivesIdle : 0;
  const defaults = Object.entries({ max, idle_timeout, max_lifetime, keep_alive, backoff });
  const told = (name: string): boolean => process.env[`PG${name.toUpperCase()}`] !== undefined;
  return Object.fromEntries(defaults.filter(([name, value]) => value !== undefined && !told(name)));
}
