import { poolDefaults } from '@azure-pg/core/adapter';
import { poolConfig } from '@azure-pg/pg';
import type { Options } from 'sequelize';
import { clientModule, connectionOf, isLendable } from './client-module.ts';
import { endUnfinishedConnections } from './driver-faults/unfinished-connections.ts';
import { type AzurePostgresOptions, splitSequelizeOptions } from './options.ts';
import { shownOf } from './shown.ts';

/**
 * Options for `new Sequelize(…)`, or for whatever makes it: its connections sign in to Azure without a password, verify the server and
 * obey the pooler. Every setting of the URL counts, which Sequelize itself would lose (`hostaddr`, `sslrootcert`, `pool_mode`, …). They hold no secret, and may be spread into an
 * object with others: `{ ...azurePostgres(url), models }`.
 *
 * @param input a connection string, or options with one, or nothing: the environment says everything.
 * @param options Sequelize's, pg's and ours; they win over `input`.
 * @throws AzurePgError `INVALID_CONNECTION_STRING`, `INVALID_SETTING` or `POOLER_UNSUPPORTED`, at once; nothing has been contacted.
 *
 * @example
 * const sequelize = new Sequelize(azurePostgres(process.env.DATABASE_URL, { logging: false }));
 */
export function azurePostgres(
  input?: string | AzurePostgresOptions,
  options: AzurePostgresOptions = {},
): Options {
  const base = splitSequelizeOptions(typeof input === 'string' ? { connectionString: input } : input);
  const { client, own } = splitSequelizeOptions(options);
  const { dialectOptions, pool, hooks = {}, ...rest } = { ...base.own, ...own };
  const config = poolConfig({ ...base.client, password: base.client.password }, client);
  const connection = connectionOf(config);
  const { max } = poolDefaults(connection);
  const keepsSettings = ['none', 'session'].includes(connection.pooling.poolMode);
  return {
    ...rest,
    ...shownOf(config),
    dialect: 'postgres',
    dialectModule: clientModule(config),
    // Its SET would stay behind in a server connection that the pooler gives to others, and is not there in the next.
    dialectOptions: {
      ...(keepsSettings ? {} : { clientMinMessages: 'ignore' }),
      ...base.own.dialectOptions,
      ...dialectOptions,
    },
    hooks: withFirst(hooks, endUnfinishedConnections),
    pool: { ...(max === undefined ? {} : { max }), validate: isLendable, ...pool },
  };
}

type Hooks = NonNullable<Options['hooks']>;

/** Sequelize takes one hook, or a list; its types know of one alone. */
function withFirst(hooks: Hooks, first: Hooks['beforeConnect']): Hooks {
  const beforeConnect = [first, ...[hooks.beforeConnect ?? []].flat()] as unknown;
  return { ...hooks, beforeConnect: beforeConnect as NonNullable<Hooks['beforeConnect']> };
}
