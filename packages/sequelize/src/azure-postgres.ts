import { poolDefaults } from '@azure-pg/core/adapter';
import { poolConfig } from '@azure-pg/pg';
import type { Options } from 'sequelize';
import { clientModule, connectionOf, isLendable } from './client-module.ts';
import { stopConnectingOnClose } from './driver-faults/stop-connecting-on-close.ts';
import { type AzurePostgresOptions, splitSequelizeOptions } from './options.ts';

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
  const first = typeof input === 'string' ? { connectionString: input } : input;
  const base = splitSequelizeOptions(first);
  const { client, own } = splitSequelizeOptions(options);
  const { dialectOptions, pool, hooks = {}, ...rest } = { ...base.own, ...own };
  const config = poolConfig({ ...base.client, password: base.client.password }, client);
  const connection = connectionOf(config);
  const [place] = connection.hosts;
  const { max } = poolDefaults(connection);
  const shown = {
    ...(place?.host === undefined ? {} : { host: place.host }),
    ...(place?.port === undefined ? {} : { port: place.port }),
    ...(connection.user === undefined ? {} : { username: connection.user }),
    ...(connection.database === undefined ? {} : { database: connection.database }),
  };
  return {
    ...rest,
    ...shown,
    dialect: 'postgres',
    dialectModule: clientModule(config, shown),
    // It would stay behind in a server connection that the pooler gives to others, and is not there in the next.
    dialectOptions: {
      ...(['none', 'session'].includes(connection.pooling.poolMode) ? {} : { clientMinMessages: 'ignore' }),
      ...base.own.dialectOptions,
      ...dialectOptions,
    },
    hooks: {
      ...hooks,
      beforeConnect: [stopConnectingOnClose, ...[hooks.beforeConnect ?? []].flat()],
    } as Options['hooks'] & object,
    pool: { ...(max === undefined ? {} : { max }), validate: isLendable, ...pool },
  };
}
