import { AzurePgError } from '@azure-pg/core';
import { assertOptions, splitOptions } from '@azure-pg/core/adapter';
import type { ClientConfig } from '@azure-pg/pg';
import type { Options } from 'sequelize';

/** What this package decides. */
type Decided = 'dialect' | 'dialectModule' | 'dialectModulePath' | 'native' | 'protocol';
/** What the connection's options have as well, and mean more by. */
type Widened = 'database' | 'host' | 'password' | 'port' | 'ssl';

/**
 * Sequelize's options and those of a connection: pg's and ours (`connectionString`, `credential`, `sslmode`, `poolMode`, …). What Sequelize takes in
 * `dialectOptions` may stand there or here.
 */
export interface AzurePostgresOptions
  extends Omit<Options, Decided | Widened>,
    Omit<ClientConfig, 'replication'> {}

/** Sequelize 6's own options, and those of sequelize-typescript and @nestjs/sequelize, which hand the rest on. https://sequelize.org/api/v6/class/src/sequelize.js~sequelize */
const sequelizeOptions =
  'attributeBehavior autoLoadModels benchmark clientMinMessages databaseVersion define dialectOptions hooks isolationLevel keepConnectionAlive keepDefaultTimezone logQueryParameters logging minifyAliases modelMatch modelPaths models name noTypeValidation omitNull operatorsAliases pool query quoteIdentifiers replication repositoryMode retry retryAttempts retryDelay schema searchPath seederStorage set standardConformingStrings sync synchronize timezone transactionType typeValidation username validateOnly'.split(
    ' ',
  );

/** What Sequelize hands from `dialectOptions` to pg's client, and pg's client reads: lib/dialects/postgres/connection-manager.js. */
const clientOptions =
  'binary connectionTimeoutMillis enableChannelBinding idle_in_transaction_session_timeout keepAlive keepAliveInitialDelayMillis lock_timeout query_timeout scramMaxIterations ssl statement_timeout stream'.split(
    ' ',
  );

/** Of pg's pool, which is not used here; and what says the same to Sequelize. */
const pools: Readonly<Record<string, string>> = {
  Client: 'dialectModule',
  allowExitOnIdle: 'sequelize.close()',
  idleTimeoutMillis: 'pool: { idle }',
  max: 'pool: { max }',
  maxLifetimeSeconds: 'pool: { maxUses }',
  maxUses: 'pool: { maxUses }',
  min: 'pool: { min }',
};

const decided: Readonly<Record<Decided, readonly unknown[]>> = {
  dialect: ['postgres', 'postgresql'],
  dialectModule: [],
  dialectModulePath: [],
  native: [false],
  protocol: ['postgres', 'postgresql', 'tcp'],
};

const known: ReadonlySet<string> = new Set([
  ...sequelizeOptions,
  ...clientOptions,
  ...Object.keys(pools),
  ...Object.keys(decided),
]);

/**
 * Separates what concerns the connection from what Sequelize does itself.
 *
 * @throws AzurePgError `INVALID_SETTING` for an option that would have no effect, or another one than is meant.
 */
export function splitSequelizeOptions(given: object | undefined): { client: ClientConfig; own: Options } {
  assertOptions(given);
  const { username, ...named } = { ...given } as { username?: unknown; dialectOptions?: object };
  assertOptions(named.dialectOptions);
  const fromUser = username === undefined ? named : { user: username, ...named };
  const { connection, driver } = splitOptions(fromUser, known);
  const { dialectOptions, ...rest } = driver as Options;
  const inDialect = splitOptions({ ...dialectOptions }, new Set([...known, ...dialectOnly]));
  for (const [name, value] of Object.entries(driver)) assertUsable(name, value);
  const isClients = ([name]: [string, unknown]): boolean => clientOptions.includes(name);
  const pick = (options: object, theirs: boolean): object =>
    Object.fromEntries(Object.entries(options).filter((entry) => isClients(entry) === theirs));
  const { dialect: _, native: __, protocol: ___, ...own } = pick(rest, false) as Options;
  const client = {
    ...inDialect.connection,
    ...pick(inDialect.driver, true),
    ...connection,
    ...pick(rest, true),
  };
  return {
    client: client as ClientConfig,
    own: { ...own, dialectOptions: pick(inDialect.driver, false) },
  };
}

/** What Sequelize itself reads in `dialectOptions`. */
const dialectOnly = ['clientMinMessages', 'prependSearchPath'];

function assertUsable(name: string, value: unknown): void {
  const instead = Object.hasOwn(pools, name) ? pools[name] : undefined;
  const allowed = Object.hasOwn(decided, name) ? decided[name as Decided] : undefined;
  if (instead === undefined && (allowed === undefined || allowed.includes(value))) return;
  throw new AzurePgError('INVALID_SETTING', `The option "${name}" has no effect here`, {
    hint:
      instead === undefined
        ? 'azurePostgres() decides it: leave it out.'
        : `It is one of pg's pool. Sequelize's own has ${instead}.`,
    setting: name,
    source: 'options',
  });
}
