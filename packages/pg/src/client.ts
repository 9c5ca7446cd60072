import { type AzureConnection, AzurePgError, cancelQuery } from '@azure-pg/core';
import { sessionGuard, staticPassword, warn } from '@azure-pg/core/adapter';
import { bare } from './bare-driver.ts';
import { cancelledBy, cancelThenAsk } from './cancel-by-number.ts';
import { ClientState } from './client-state.ts';
import {
  type ConnectCallback,
  type Driver,
  type DriverClient,
  hasQueuedQueries,
  type Release,
  runningQuery,
} from './driver-client.ts';
import { errorOfDriver } from './error-of-driver.ts';
import { carefulRelease, noteTimeout } from './give-back.ts';
import { noteReadOnly } from './heed-server.ts';
import { goesPastPooler, listenerOf, stopListening } from './listen-past-pooler.ts';
import { obeyPooler, openClient } from './open-client.ts';
import type { ClientConfig } from './options.ts';
import { type ClientClass, type OwnClass, own, type Takes } from './own-classes.ts';
import { endingOf } from './pool-ending.ts';
import { poolOf } from './pool-of-client.ts';
import { printNoPassword } from './print-no-password.ts';
import { readConfig } from './read-config.ts';
import { refuseQuery } from './refuse-query.ts';
import { shownSsl, usableSsl } from './ssl-option.ts';
import { replacesConnecting, suppliesSocket } from './user-supplied-socket.ts';

/** Extends the class of clients of a copy of pg. */
export function extendClient(driver: Driver, takes: Takes): ClientClass {
  const Base = driver.Client as unknown as new (config: unknown) => DriverClient;
  if (typeof Base.prototype.getStartupConf !== 'function') {
    throw new AzurePgError(
      'INVALID_SETTING',
      "pg's native client cannot be used: it opens its own connections",
      {
        hint: 'Unset NODE_PG_FORCE_NATIVE.',
      },
    );
  }
  class Client extends Base {
    /** Undefined where pg does all by itself. */
    declare readonly [own]: ClientState | undefined;

    constructor(config?: string | ClientConfig) {
      // A class that extends one that pg's own are replaced by may take all. One made by util.inherits has nothing of its class.
      const made = (new.target as unknown as { readonly [own]?: OwnClass })[own];
      if (!(made?.takes ?? takes)(config)) {
        super(config);
        return;
      }
      const { given, connection } = readConfig(config, driver);
      super(driverConfig(connection, given));
      const state = new ClientState(connection, {
        timeout: Number(given.connectionTimeoutMillis ?? 0),
        problem: usableSsl(given.ssl).problem,
        userSuppliedSocket: suppliesSocket(given),
        poolEnds: typeof config === 'object' ? endingOf(config).signal : undefined,
      });
      Object.defineProperty(this, own, { value: state });
      // pg puts the operating system's user where there is none; here the token will say it.
      this.user = this.connectionParameters.user = connection.user;
      this.database = this.connectionParameters.database = connection.database ?? connection.user;
      if (connection.auth !== 'password') this.password = this.connectionParameters.password = null;
      for (const holder of [this, this.connectionParameters]) printNoPassword(holder);
    }

    override connect(callback?: ConnectCallback): Promise<unknown> | undefined {
      const state = this[own];
      if (state === undefined) return super.connect(callback);
      if (!callback) {
        const again = state.started;
        const connected = new this._Promise<unknown>((resolve, reject) => {
          this.connect((error) => (error ? reject(error) : resolve(this)));
        });
        if (!again) state.connected = connected;
        return connected;
      }
      if (state.started) {
        const error = new Error('Client has already been connected. You cannot reuse a client.');
        process.nextTick(callback, error);
        return undefined;
      }
      state.started = true;
      if (state.userSuppliedSocket || replacesConnecting(this, state.connection)) {
        state.opened = true;
        obeyPooler(this, state, state.connection.pooling, sessionGuard(state.connection));
        return super.connect(callback);
      }
      openClient(this, state, () => super.connect(callback)).catch((reason: unknown) => {
        // As pg does when its own connecting fails, and in its order.
        const error = errorOfDriver(reason, state.connection, driver);
        this._queryable = false;
        this._ended = true;
        process.nextTick(callback, error);
        process.nextTick(() => this._errorAllQueries(error));
        process.nextTick(() => process.nextTick(() => this.emit('end')));
      });
      return undefined;
    }

    override query(config: unknown, values?: unknown, callback?: unknown): unknown {
      const state = this[own];
      if (state === undefined) return super.query(config, values, callback);
      const { guard, inTransaction } = state;
      const text = typeof config === 'string' ? config : (config as { text?: unknown } | null)?.text;
      if (typeof text === 'string') noteReadOnly(text, state);
      if (guard !== undefined && typeof text === 'string') {
        if (goesPastPooler(this, state, text)) return this.#listen(state, config, values, callback);
        const refusal = guard(text, inTransaction);
        if (refusal !== undefined) return refuseQuery(this, refusal, config, values, callback);
      }
      const target = typeof text === 'string' ? cancelledBy(text, config, values) : undefined;
      if (target !== undefined) {
        return cancelThenAsk(target, [config, values, callback], (sql, listener) =>
          super.query(sql, listener),
        );
      }
      const answer = super.query(config, values, callback);
      const timeout = (config as { query_timeout?: unknown } | null)?.query_timeout;
      if (timeout || this.connectionParameters.query_timeout) noteTimeout(this, state);
      return answer;
    }

    #listen(state: ClientState, config: unknown, values: unknown, callback: unknown): unknown {
      try {
        const listener = listenerOf(this, state, (own) => new Client(own));
        return listener.query(config, values, callback);
      } catch (error) {
        return refuseQuery(this, error as Error, config, values, callback);
      }
    }

    /** A pool puts its own here each time that it lends the client. */
    override get release(): Release | undefined {
      return this[own]?.release;
    }

    override set release(release: Release | undefined) {
      const state = this[own];
      if (state !== undefined) state.release = release && carefulRelease(this, state, release);
      else {
        const property = { value: release, writable: true, enumerable: true, configurable: true };
        Object.defineProperty(this, 'release', property);
      }
    }

    /** pg would send the request unencrypted, to the first host. */
    override cancel(client: DriverClient, query: unknown): void {
      if (this[own] === undefined || runningQuery(client) !== query) super.cancel(client, query);
      else cancelQuery(client.connection.stream).catch((error: Error) => this.emit('error', error));
    }

    override end(callback?: (error?: Error) => void): Promise<void> | undefined {
      const state = this[own];
      if (state !== undefined) stopListening(state);
      // As with pg, one that was never connected can still be.
      if (!state?.started) return super.end(callback);
      if (!state.opened) {
        if (this.pipeline && hasQueuedQueries(this))
          return endWhenConnected(this, () => super.end(), callback);
        // pg leaves the promise of connect() open then, so nobody need listen to it; those who do get the rejection.
        state.connected?.catch(() => {});
      }
      state.opening?.abort(new Error('Connection terminated'));
      return super.end(callback);
    }

    /**
     * The connection of a client that a pool has lent breaks between two queries: pg would end the process where nobody listens. The next
     * query fails and the pool drops the client, so it is enough to tell who listens to the pool, or to warn; but not for those who wait for
     * notifications.
     */
    override emit(event: string | symbol, ...values: unknown[]): boolean {
      if (event !== 'error' || this.listenerCount('error') > 0) return super.emit(event, ...values);
      const state = this[own];
      const unheard = state?.release !== undefined && this.listenerCount('notification') === 0;
      if (!unheard) return super.emit(event, ...values);
      const pool = poolOf(this);
      if (pool !== undefined && pool.listenerCount('error') > 0) {
        return pool.emit('error', values[0], this);
      }
      const { message } = values[0] as Error;
      warn(state.connection.logger, `A database connection in use broke: ${message}`);
      return false;
    }
  }
  Object.defineProperty(Client, own, { value: { driver, takes } satisfies OwnClass });
  Object.defineProperty(Client, bare, { value: driver.Client });
  return Client as unknown as ClientClass;
}

/** What a pipeline was given before its end is still answered, but nothing later. */
function endWhenConnected(
  client: DriverClient,
  end: () => void,
  callback?: (error?: Error) => void,
): Promise<void> | undefined {
  client._ending = true;
  client.once('connect', end);
  if (!callback) return new client._Promise((resolve) => client.once('end', resolve));
  client.once('end', callback);
  return undefined;
}

/** What pg gets: where the server is, for those who ask the client, and what concerns queries. TLS and signing in come before it. */
function driverConfig(connection: AzureConnection, given: ClientConfig): Record<string, unknown> {
  const [first] = connection.hosts;
  const { connectionString: _, ...rest } = given;
  return {
    ...rest,
    ...connection.startupParameters,
    host: first?.host,
    port: first?.port,
    user: connection.user,
    database: connection.database,
    // Kept for those who ask the client, as pg keeps it; never a token.
    password: connection.auth === 'password' ? (staticPassword(connection) ?? given.password) : undefined,
    // pg reads UTF-8 and nothing else.
    client_encoding: 'UTF8',
    sslnegotiation: 'postgres',
    // Only shown; on a socket of the program's there is none.
    ssl: suppliesSocket(given) ? false : shownSsl(given.ssl),
    ...(suppliesSocket(given) ? {} : { keepAlive: false }),
  };
}
