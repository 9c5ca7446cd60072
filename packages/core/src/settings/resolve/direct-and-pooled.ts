import { isAzureHost } from '../../azure/endpoint.ts';
import { directPort, pooledPort } from '../../azure/ports.ts';
import type { AzureConnection, Host } from '../../connection/connection.ts';
import type { GatheredSettings } from '../gather/gather-settings.ts';
import type { SettingName } from '../table/settings.ts';

/** Makes a connection of settings. */
export type Build = (gathered: GatheredSettings) => AzureConnection;

/**
 * The same database past the pooler or through it. Only the ports and the pooling change. Ports are Azure's (5432 and 6432, 7432 and
 * 8432) on Azure's hosts, or what direct_port and pooled_port say. If no host has such a twin the connection is its own.
 *
 * @param build makes it of the changed settings.
 */
export function twinOf(
  connection: AzureConnection,
  gathered: GatheredSettings,
  side: 'direct' | 'pooled',
  build: Build,
): AzureConnection {
  const ports = connection.hosts.map((host) => twinPort(connection, host, side));
  if (ports.every((port) => port === undefined)) return connection;
  if (gathered.twin?.side === side) return gathered.twin.connection;
  const layers = gathered.layers.copy();
  const set = (name: SettingName, value: string): void =>
    layers.replace(name, { value, source: 'derived', from: `connection.${side}()` });
  set('port', ports.map((port, index) => port ?? connection.hosts[index]?.port).join(','));
  const own = String(connection.hosts[0]?.port);
  layers.remove('pgbouncer');
  if (side === 'direct') {
    layers.remove('pool_mode');
    layers.remove('max_prepared_statements');
    if (connection.directPort !== undefined) set('pooled_port', own);
  } else {
    if (connection.pooling.poolMode === 'none') layers.remove('pool_mode');
    if (connection.pooledPort !== undefined) {
      set('direct_port', own);
      if (!layers.has('pool_mode')) set('pool_mode', 'transaction');
    }
  }
  // The way back leads to this connection, unless it was neither here nor there: of several hosts some with the pooler's port.
  const other = side === 'direct' ? 'pooled' : 'direct';
  const whole = connection.hosts.every((host) => twinPort(connection, host, other) === undefined);
  return build({ ...gathered, layers, twin: whole ? { side: other, connection } : undefined });
}

function twinPort(connection: AzureConnection, host: Host, side: 'direct' | 'pooled'): number | undefined {
  const written = side === 'direct' ? connection.directPort : connection.pooledPort;
  if (written !== undefined) return written === host.port ? undefined : written;
  if (!isAzureHost(host.host)) return undefined;
  return side === 'direct' ? directPort(host.port) : pooledPort(host.port);
}
