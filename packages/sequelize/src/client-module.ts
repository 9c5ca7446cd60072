import type { AzureConnection } from '@azure-pg/core';
import { Client, type ClientConfig, ownConnection, types } from '@azure-pg/pg';
import { boundClient, isReusable, type Place } from '@azure-pg/pg/adapter';

/** How the clients of one Sequelize are followed. */
export interface Watch {
  /** Aborted when its pool ends: those that are being made then try no other time. */
  readonly ending: AbortController;
  /** Is told of each client. */
  made(client: { end(): Promise<void> }): void;
}

/** What Sequelize needs of pg: its `dialectModule`. */
export interface ClientModule {
  readonly Client: new (given: ClientConfig) => object;
  readonly types: typeof types;
  /** The config that its clients are made of. */
  readonly [configuration]: ClientConfig;
  /** The same module for one Sequelize. */
  readonly [forOne]: (watch: Watch) => ClientModule;
}

// Registered, so that the ES module's copy of this package knows what the CommonJS copy made.
export const configuration: unique symbol = Symbol.for('@azure-pg/sequelize.configuration');
export const forOne: unique symbol = Symbol.for('@azure-pg/sequelize.forOne');

/**
 * A `dialectModule` whose clients go where a config says, unless Sequelize was told otherwise since: by `replication`, or by a `beforeConnect`
 * hook, which may change host, port, user, password and database.
 *
 * @param config what `poolConfig` gave.
 */
export function clientModule(config: ClientConfig, watch?: Watch): ClientModule {
  const { host = 'localhost', port = 5432, ...who } = placeOf(config);
  // Where nothing was said, Sequelize says these.
  const Bound = boundClient(config, { host, port, ...who }, watch?.ending) as new (
    given: ClientConfig,
  ) => Client;
  class SequelizeClient extends Bound {
    constructor(given: ClientConfig) {
      super({ ...given, port: Number(given.port) });
      // Sequelize listens once it is connected; before 6.32 to the first error alone.
      this.on('error', () => {});
      watch?.made(this);
    }
  }
  // Symbols that are not enumerable: Sequelize copies what it is given, and programs print it.
  const hidden = {
    [configuration]: { value: config },
    [forOne]: { value: (each: Watch) => clientModule(config, each) },
  };
  return Object.defineProperties({ Client: SequelizeClient, types }, hidden) as unknown as ClientModule;
}

/** What the settings of a config were resolved to. */
export function connectionOf(config: ClientConfig): AzureConnection {
  return ownConnection(new Client(config)) as AzureConnection;
}

/** What Sequelize is told of a config. */
export function placeOf(config: ClientConfig): Place {
  const { hosts, user, database } = connectionOf(config);
  const all = { host: hosts[0]?.host, port: hosts[0]?.port, user, database };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** Whether Sequelize's pool may lend a connection: what Sequelize itself looks at, and what it would not notice. */
export function isLendable(client: unknown): boolean {
  const { _invalid, _ending } = client as { _invalid?: boolean; _ending?: boolean };
  return !_invalid && !_ending && isReusable(client as object);
}
