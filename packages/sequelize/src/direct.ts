import { AzurePgError } from '@azure-pg/core';
import { directConfig } from '@azure-pg/pg';
import type { Options, Sequelize } from 'sequelize';
import { type ClientModule, clientModule, configuration } from './client-module.ts';
import { shownOf } from './shown.ts';

/**
 * The same options for the server itself, not through the pooler: for what needs a session, as migrations do. Where there is no pooler they are
 * simply the same.
 *
 * @param options what `azurePostgres` gave, with others around it or not; a Sequelize's `options`.
 * @throws AzurePgError `INVALID_SETTING` for options that `azurePostgres` has not made.
 *
 * @example
 * // config/config.js of sequelize-cli
 * module.exports = directOptions(azurePostgres(process.env.DATABASE_URL));
 */
export function directOptions(options: Options): Options {
  const module = options.dialectModule as Partial<ClientModule> | undefined;
  const config = module?.[configuration];
  if (config === undefined) {
    throw new AzurePgError('INVALID_SETTING', 'These options were not made by azurePostgres()', {
      hint: 'Write directOptions(azurePostgres(url)).',
    });
  }
  const direct = directConfig(config);
  return { ...options, ...shownOf(direct), dialectModule: clientModule(direct) };
}

/**
 * Gives `work` another Sequelize of the same options, connected to the server itself and not through the pooler, and closes it afterwards:
 * for migrations by Umzug, `LISTEN`, advisory locks. It has one connection and no models.
 *
 * @returns what `work` returns.
 * @throws AzurePgError as {@link directOptions} does.
 *
 * @example
 * await withDirect(sequelize, (direct) => new Umzug({ context: direct.getQueryInterface(), … }).up());
 */
export async function withDirect<Result>(
  sequelize: Sequelize,
  work: (direct: Sequelize) => Promise<Result>,
): Promise<Result> {
  const Own = sequelize.constructor as new (options: Options) => Sequelize;
  // sequelize-typescript would take the models away from the other one.
  const { models: _, modelPaths: __, ...options } = optionsOf(sequelize) as Options & Record<string, unknown>;
  const direct = new Own({
    ...directOptions(options),
    pool: { ...options.pool, min: 0, max: 1 },
    replication: false,
  });
  try {
    return await work(direct);
  } finally {
    await direct.close();
  }
}

/** Sequelize's types leave it out. */
const optionsOf = (sequelize: Sequelize): Options => (sequelize as unknown as { options: Options }).options;
