import { takeParameters } from '@azure-pg/core/tooling';
import type { PoolConfig } from './options.ts';

/** What pg reads from a URL's query, and only its client knows. */
const names = new Set([
  'statement_timeout',
  'lock_timeout',
  'idle_in_transaction_session_timeout',
  'query_timeout',
]);

/** pg's own options in the query of a config's URL (`?statement_timeout=5000`), as options; those of the config itself win. */
export function withUrlOptions(config: PoolConfig): PoolConfig {
  const { connectionString } = config;
  if (typeof connectionString !== 'string') return config;
  const { text, parameters } = takeParameters(connectionString, names);
  if (Object.keys(parameters).length === 0) return config;
  // The password of somebody's `pool.options` is hidden from spreading.
  return { ...parameters, ...config, password: config.password, connectionString: text };
}
