import { endpointOf } from '../../azure/endpoint.ts';
import type { Host, Pooling } from '../../connection/connection.ts';
import type { SettingSource } from '../../errors/setting-source.ts';
import { invalidSetting } from '../gather/invalid-setting.ts';
import type { Layers } from '../gather/layers.ts';
import { choice, integer, switchValue } from '../gather/setting-values.ts';

export interface ResolvedPooling {
  readonly pooling: Pooling;
  readonly source: SettingSource;
}

/**
 * What the pooler on the way allows: pool_mode or `pgbouncer=true|false`, whichever the stronger layer gives; else transaction on
 * the ports of Azure's built-in PgBouncer, which are Azure's own defaults; else none.
 */
export function resolvePooling(layers: Layers, hosts: readonly Host[]): ResolvedPooling {
  const mode = choice(layers, 'pool_mode');
  const pgbouncer = switchValue(layers, 'pgbouncer');
  const maxPreparedStatements = integer(layers, 'max_prepared_statements');
  const modeRank = layers.rank('pool_mode');
  const switchRank = layers.rank('pgbouncer');
  if (
    mode !== undefined &&
    pgbouncer !== undefined &&
    modeRank === switchRank &&
    (mode !== 'none') !== pgbouncer
  ) {
    throw invalidSetting('pgbouncer', layers.get('pgbouncer'), `it contradicts pool_mode=${mode}`);
  }
  const explicit = modeRank <= switchRank ? mode : pgbouncer ? 'transaction' : 'none';
  if (
    explicit === 'none' &&
    maxPreparedStatements > 0 &&
    layers.rank('max_prepared_statements') <= Math.min(modeRank, switchRank)
  ) {
    throw invalidSetting(
      'max_prepared_statements',
      layers.get('max_prepared_statements'),
      'it is about a pooler, and there is said to be none',
      'Leave it out, or say pool_mode=transaction.',
    );
  }
  const pooledPort = hosts.some(({ host, port }) => endpointOf(host, port).pooled);
  const poolMode = explicit ?? (pooledPort ? 'transaction' : 'none');
  const source =
    explicit === undefined
      ? pooledPort
        ? 'derived'
        : 'default'
      : (layers.get(modeRank <= switchRank ? 'pool_mode' : 'pgbouncer')?.source ?? 'default');
  // Without a pooler there is nothing that it could prepare.
  const statements = poolMode === 'none' ? 0 : maxPreparedStatements;
  return { pooling: Object.freeze({ poolMode, maxPreparedStatements: statements }), source };
}
