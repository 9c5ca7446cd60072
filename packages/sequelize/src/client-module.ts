import type { AzureConnection } from '@azure-pg/core';
import {
  Client,
  type ClientConfig,
  endingOf,
  isReusable,
  ownConnection,
  poolConfig,
  types,
} from '@azure-pg/pg';

/** Where Sequelize believes a connection to go. */
export interface Shown {
  readonly host?: string;
  readonly port?: number;
  readonly username?: string;
  readonly database?: string;
}

/** What Sequelize needs of pg: its `dialectModule`. */
export interface ClientModule {
  readonly Client: new (given: ClientConfig) => InstanceType<typeof Client>;
  readonly types: typeof types;
  /** The same module, whose clients give up connecting when the signal fires. */
  readonly [forOne]: (ending: AbortSignal) => ClientModule;
  /** The config that its clients are made of. */
  readonly [configuration]: ClientConfig;
  readonly [place]: Shown;
}

// Registered, so that the ES module's copy of this package knows what the CommonJS copy made.
export const configuration: unique symbol = Symbol.for('@azure-pg/sequelize.configuration');
export const place: unique symbol = Symbol.for('@azure-pg/sequelize.place');
export const forOne: unique symbol = Symbol.for('@azure-pg/sequelize.forOne');

/**
 * A `dialectModule` whose clients go where a config says, unless Sequelize was told otherwise since: by `replication`, or by a `beforeConnect`
 * hook, which may change host, port, user, password and database.
 *
 * @param config what `poolConfig` gave.
 * @param shown what Sequelize was given of it.
 * @param ending fires when the pool of the clients ends.
 */
export function clientModule(config: ClientConfig, shown: Shown, ending?: AbortSignal): ClientModule {
  class SequelizeClient extends Client {
    constructor(given: ClientConfig) {
      const own = configFor(config, shown, given);
      super(own);
      // Sequelize listens once it is connected; before 6.32 to the first error alone.
      this.on('error', () => {});
      if (ending?.aborted) endingOf(own).abort();
      else if (ending !== undefined) {
        const end = (): void => endingOf(own).abort();
        ending.addEventListener('abort', end);
        // Once connected, or not, it no longer matters.
        const forget = (): void => ending.removeEventListener('abort', end);
        this.once('connect', forget).once('end', forget);
      }
    }
  }
  // Symbols that are not enumerable: Sequelize copies what it is given, and programs print it.
  const hidden = {
    [configuration]: { value: config },
    [place]: { value: shown },
    [forOne]: { value: (signal: AbortSignal) => clientModule(config, shown, signal) },
  };
  return Object.defineProperties({ Client: SequelizeClient, types }, hidden) as unknown as ClientModule;
}

function configFor(config: ClientConfig, shown: Shown, given: ClientConfig): ClientConfig {
  const { types: parsers, password, ...rest } = given;
  const { username, host = 'localhost', port = 5432, database } = shown;
  // Where nothing was said, Sequelize says these.
  const before: Readonly<Record<string, unknown>> = { user: username, host, port, database };
  const now = { ...rest, password: password ?? undefined };
  const changes = Object.entries(now).filter(
    ([name, value]) => value !== undefined && String(value) !== String(before[name]),
  );
  const read = { types: parsers } as ClientConfig;
  if (changes.length === 0) return { ...config, password: config.password, ...read } as ClientConfig;
  const changed = Object.fromEntries(changes) as ClientConfig;
  // Another host has an address of its own; and one port, where the URL named several hosts.
  const elsewhere = changed.host === undefined ? {} : { port: Number(rest.port), hostaddr: '' };
  return poolConfig(config, { ...elsewhere, ...changed, ...read });
}

/** What the settings of a config were resolved to. */
export function connectionOf(config: ClientConfig): AzureConnection {
  return ownConnection(new Client(config)) as AzureConnection;
}

/** Whether Sequelize's pool may lend a connection: what Sequelize itself looks at, and what it would not notice. */
export function isLendable(client: unknown): boolean {
  const { _invalid, _ending } = client as { _invalid?: boolean; _ending?: boolean };
  return !_invalid && !_ending && isReusable(client as object);
}
