import { Socket } from 'node:net';
import { isUnixSocket } from '../../azure/token-host.ts';
import type { Host } from '../../connection/connection.ts';
import { invalidSetting } from '../gather/invalid-setting.ts';
import type { Layers } from '../gather/layers.ts';
import { type ChoiceName, choice, integer, switchValue } from '../gather/setting-values.ts';
import { type SettingName, settingNames, settingRow } from '../table/settings.ts';

/**
 * What libpq knows and Node.js or this library cannot do: accepted if the value asks for nothing, otherwise refused by name. Nothing
 * is silently ignored.
 */
export function refuseUnsupported(layers: Layers, hosts: readonly Host[]): void {
  for (const name of settingNames) {
    const problem = refusal(layers, name);
    if (problem !== undefined) throw invalidSetting(name, layers.get(name), problem);
  }
  // Accepted, whatever it is, but it must be a version.
  choice(layers, 'max_protocol_version');
  if (layers.value('requirepeer') !== undefined && hosts.some(({ host }) => isUnixSocket(host))) {
    throw invalidSetting(
      'requirepeer',
      layers.get('requirepeer'),
      'Node.js cannot tell whose process is behind a Unix socket',
    );
  }
  if (integer(layers, 'tcp_user_timeout') > 0) {
    throw invalidSetting(
      'tcp_user_timeout',
      layers.get('tcp_user_timeout'),
      'Node.js cannot set TCP_USER_TIMEOUT',
    );
  }
}

/** Why the value that is given cannot be honoured, by the setting's row. */
function refusal(layers: Layers, name: SettingName): string | undefined {
  const { refused, kind } = settingRow(name);
  if (refused === undefined) return undefined;
  if (typeof refused === 'string') return layers.value(name) === undefined ? undefined : refused;
  const value =
    kind === 'choice' ? choice(layers, name as ChoiceName) : switchValue(layers, name as 'sslcompression');
  return refused[String(value)];
}

/** Whether this Node.js can set the interval and number of keepalive probes; older ones can only set the first delay. */
export const canTuneKeepalive: boolean = Socket.prototype.setKeepAlive.length >= 4;

/** The value, or undefined for Node.js's own (1 second, 10 probes). Refused where Node.js cannot set it. */
export function probeSetting(
  layers: Layers,
  name: 'keepalives_interval' | 'keepalives_count',
  idle: number,
): number | undefined {
  const value = integer(layers, name);
  if (value <= 0) return undefined;
  if (!canTuneKeepalive) {
    throw invalidSetting(
      name,
      layers.get(name),
      'this version of Node.js cannot set it',
      'Leave it out; keepalives_idle works everywhere.',
    );
  }
  // Node.js sets the three together or, with a delay of 0, none of them.
  if (idle === 0) {
    throw invalidSetting(name, layers.get(name), 'Node.js sets it only where keepalives_idle is above 0');
  }
  return value;
}
