import type { AzureConnection } from '@azure-pg/core';
import { warn } from '@azure-pg/core/adapter';
import {
  Client,
  type ClientConfig,
  ownConnection,
  type Pool,
  type PoolConfig,
  poolConfig,
  repairPool,
} from '@azure-pg/pg';
import { boundClient } from '@azure-pg/pg/adapter';
import type { Options } from '@mikro-orm/postgresql';
import { refuseAfterClose } from './driver-faults/refuse-after-close.ts';

/** MikroORM's options that say where to go, and the pool that goes there. */
export type ConnectionPart = Pick<Options, 'dbName' | 'host' | 'port' | 'user' | 'pool' | 'driverOptions'>;

/** What pg's pool reads itself; how many connections there are and for how long is said in MikroORM's `pool`. */
const poolOptions =
  'allowExitOnIdle connectionTimeoutMillis log maxLifetimeSeconds maxUses onConnect types verify'.split(' ');

/**
 * Options for MikroORM, to be spread among its others: its connections sign in to Azure without a password, verify the server and obey the pooler. Every
 * setting of the URL counts, which MikroORM itself would lose (`hostaddr`, `sslrootcert`, `pool_mode`, …). They hold no secret. For a read replica: `replicas:
 * [azurePostgres(urlOfReplica)]`, or MikroORM's own `replicas: [{ host }]`, where all other settings are as here.
 *
 * @param input a connection string, pg's pool config with our settings, or nothing: the environment says everything.
 * @param options win over `input`.
 * @throws AzurePgError `INVALID_CONNECTION_STRING`, `INVALID_SETTING` or `POOLER_UNSUPPORTED`, at once; nothing has been contacted.
 *
 * @example
 * const orm = await MikroORM.init({ ...azurePostgres(process.env.DATABASE_URL), entities: [Book] });
 */
export function azurePostgres(input?: string | PoolConfig, options: PoolConfig = {}): ConnectionPart {
  const config = poolConfig(input, options);
  const { hosts, user, database, logger } = ownConnection(
    new Client(config as ClientConfig),
  ) as AzureConnection;
  const place = { host: hosts[0]?.host, port: hosts[0]?.port, user, database: database ?? user };
  const { max, min, idleTimeoutMillis } = config;
  return {
    ...given({ port: place.port }),
    host: place.host ?? '',
    // MikroORM has defaults of its own.
    user: user ?? '',
    dbName: place.database ?? '',
    pool: given({ max, min, idleTimeoutMillis }),
    driverOptions: {
      ...given(Object.fromEntries(poolOptions.map((name) => [name, config[name as keyof typeof config]]))),
      Client: boundClient(config as ClientConfig, place),
      onPoolCreated(pool: Pool) {
        repairPool(pool);
        refuseAfterClose(pool);
        if (pool.listenerCount('error') > 0) return;
        // MikroORM listens itself since 7.2. Where nobody does, a connection that breaks while it is idle ends the process.
        pool.on('error', ({ message }) =>
          warn(logger, `An idle database connection broke and left its pool: ${message}`),
        );
      },
    },
  };
}

function given<Values extends object>(
  values: Values,
): { [Name in keyof Values]?: NonNullable<Values[Name]> } {
  const all = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(all) as { [Name in keyof Values]?: NonNullable<Values[Name]> };
}
