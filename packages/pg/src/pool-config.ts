import pg from 'pg';
import type { Driver } from './driver-client.ts';
import { extend } from './extend.ts';
import type { PoolConfig } from './options.ts';
import { hideSecrets, poolOptions } from './pool-options.ts';
import { asObject, carryConnection, readConfig } from './read-config.ts';

/** The options of {@link poolConfig}. */
export interface PoolConfigOptions extends PoolConfig {
  /**
   * The copy of pg that will use the config, where it is not the one that this library finds: `import pg from 'pg'`. Its clients are then
   * of that copy, with its type parsers and error classes, and its `defaults` count.
   */
  pg?: Driver | undefined;
}

/**
 * A config for somebody else's `new pg.Pool(config)`: an ORM's, a framework's. Its pool makes clients of ours. (A pool of pg's own ends the
 * process when an idle connection breaks and nobody listens to its `error` event; `Pool` of this library does not.)
 *
 * @param input a connection string, pg's config with our settings, or nothing: the environment says everything.
 * @param options win over `input`.
 * @throws AzurePgError as `new Pool()` does.
 */
export function poolConfig(input?: string | PoolConfig, options: PoolConfigOptions = {}): pg.PoolConfig {
  const { pg: driver = pg, ...more } = options;
  const base = asObject(input);
  const told = Object.fromEntries(Object.entries(more).filter(([, value]) => value !== undefined));
  const changed = new Set(Object.keys(told));
  const { given, connection, direct } = readConfig(
    { ...base, password: base.password, ...told },
    driver,
    changed,
  );
  const config = hideSecrets(poolOptions(given, connection, extend(driver).Client), connection);
  carryConnection(config, connection, true, direct);
  return config;
}
