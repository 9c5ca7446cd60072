import type { ClientConfig } from '@azure-pg/pg';
import type { Options } from 'sequelize';
import { placeOf } from './client-module.ts';

/** What Sequelize is told of where a config leads: it shows that, and gives it to each client. */
export function shownOf(config: ClientConfig): Pick<Options, 'host' | 'port' | 'username' | 'database'> {
  const { user, ...rest } = placeOf(config);
  const shown = user === undefined ? rest : { ...rest, username: user };
  return shown as Pick<Options, 'host' | 'port' | 'username' | 'database'>;
}
