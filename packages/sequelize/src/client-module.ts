import type { AzureConnection } from '@azure-pg/core';
import { Client, type ClientConfig, isReusable, ownConnection, poolConfig, types } from '@azure-pg/pg';

/** Where Sequelize believes a connection to go. */
export interface Shown {
  readonly host?: string;
  readonly port?: number;
  readonly username?: string;
  readonly database?: string;
}

/** What Sequelize gives a client: its own settings of the place, for each of its replicas and as its hooks have changed them, and pg's of `dialectOptions`. */
type Given = ClientConfig;

/** What Sequelize needs of pg: its `dialectModule`. */
export interface ClientModule {
  readonly Client: new (given: Given) => InstanceType<typeof Client>;
  readonly types: typeof types;
  /** The config that its clients are made of. */
  readonly [configuration]: ClientConfig;
  readonly [place]: Shown;
}

// Registered, so that the ES module's copy of this package knows what the CommonJS copy made.
export const configuration: unique symbol = Symbol.for('@azure-pg/sequelize.config');
export const place: unique symbol = Symbol.for('@azure-pg/sequelize.place');

/**
 * A `dialectModule` whose clients go where a config says, unless Sequelize was told otherwise since: by `replication`, or by a `beforeConnect`
 * hook, which may change host, port, user, password and database.
 *
 * @param config what `poolConfig` gave.
 * @param shown what Sequelize was given of it.
 */
export function clientModule(config: ClientConfig, shown: Shown): ClientModule {
  class SequelizeClient extends Client {
    constructor(given: Given) {
      super(configFor(config, shown, given));
    }
  }
  const module = { Client: SequelizeClient, types };
  // Not for Sequelize, which copies and prints what it is given.
  Object.defineProperty(module, configuration, { value: config });
  Object.defineProperty(module, place, { value: shown });
  return module as unknown as ClientModule;
}

function configFor(config: ClientConfig, shown: Shown, given: Given): ClientConfig {
  const { types: parsers, user, password, ...rest } = given;
  const before: Readonly<Record<string, unknown>> = { ...shown, user: shown.username, host: shown.host ?? 'localhost', port: shown.port ?? 5432 };
  const now = { ...rest, user, password: password ?? undefined };
  const changes = Object.entries(now).filter(
    ([name, value]) => value !== undefined && String(value) !== String(before[name]),
  );
  if (changes.length === 0) return { ...config, password: config.password, types: parsers } as ClientConfig;
  const changed = Object.fromEntries(changes) as ClientConfig;
  // Another host has its own port and address.
  const elsewhere = changed.host === undefined ? {} : { port: Number(rest.port), hostaddr: '' };
  return poolConfig(config, { ...elsewhere, ...changed, types: parsers } as ClientConfig);
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
