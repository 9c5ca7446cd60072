import { Socket } from 'node:net';
import { isUnixSocket } from '../../azure/token-host.ts';
import type { Host } from '../../connection/connection.ts';
import { invalidSetting } from '../gather/invalid-setting.ts';
import type { Layers } from '../gather/layers.ts';
import { choice, integer, switchValue } from '../gather/setting-values.ts';
import type { SettingName } from '../parse/setting-names.ts';

/** Settings that cannot be honoured, with the reason. A value that is empty asks for nothing and passes. */
const impossible: readonly (readonly [SettingName, string])[] = [
  ['scram_client_key', 'signing in with SCRAM keys instead of a password is not supported'],
  ['scram_server_key', 'signing in with SCRAM keys instead of a password is not supported'],
  ['oauth_issuer', 'PostgreSQL’s own OAuth is not supported; Entra tokens need none of it'],
  ['oauth_client_id', 'PostgreSQL’s own OAuth is not supported; Entra tokens need none of it'],
  ['oauth_client_secret', 'PostgreSQL’s own OAuth is not supported; Entra tokens need none of it'],
  ['oauth_scope', 'PostgreSQL’s own OAuth is not supported; for Entra write scope'],
  ['sslkeylogfile', 'TLS keys are never written to a file'],
];

/**
 * What libpq knows and Node.js or this library cannot do: accepted where the value asks for nothing, else refused by name. Nothing
 * is ignored in silence. krbsrvname and gsslib pass: they only name what GSSAPI would use, if it were used.
 */
export function refuseUnsupported(layers: Layers, hosts: readonly Host[]): void {
  for (const [name, reason] of impossible) {
    if (layers.value(name) !== undefined) throw invalidSetting(name, layers.get(name), reason);
  }
  if (choice(layers, 'gssencmode', ['disable', 'prefer', 'require']) === 'require') {
    throw invalidSetting('gssencmode', layers.get('gssencmode'), 'GSSAPI encryption is not supported');
  }
  for (const name of ['gssdelegation', 'sslcompression'] as const) {
    if (layers.value(name) !== undefined && switchValue(layers, name)) {
      throw invalidSetting(name, layers.get(name), 'it is not supported; only 0 is possible');
    }
  }
  if (layers.value('uselibpqcompat') !== undefined && !switchValue(layers, 'uselibpqcompat')) {
    throw invalidSetting(
      'uselibpqcompat',
      layers.get('uselibpqcompat'),
      "sslmode always means what libpq's does",
    );
  }
  if (layers.value('requirepeer') !== undefined && hosts.some(({ host }) => isUnixSocket(host))) {
    throw invalidSetting(
      'requirepeer',
      layers.get('requirepeer'),
      'Node.js cannot tell whose process is behind a Unix socket',
    );
  }
  if ((integer(layers, 'tcp_user_timeout') ?? 0) > 0) {
    throw invalidSetting(
      'tcp_user_timeout',
      layers.get('tcp_user_timeout'),
      'Node.js cannot set TCP_USER_TIMEOUT',
    );
  }
  refuseProtocolVersions(layers);
}

/** This library speaks protocol 3.0, which every server does; a wish for more than that cannot be met. */
function refuseProtocolVersions(layers: Layers): void {
  // libpq takes 3.1 for no version, and an empty value for none given.
  for (const name of ['min_protocol_version', 'max_protocol_version'] as const) {
    if (layers.value(name) === undefined) continue;
    const version = choice(layers, name, ['3.0', '3.2', 'latest']);
    if (name === 'min_protocol_version' && version !== '3.0') {
      throw invalidSetting(name, layers.get(name), 'only protocol 3.0 is spoken');
    }
  }
}

/** Whether this Node.js can set the interval and number of keepalive probes; older ones can only set the first delay. */
export const canTuneKeepalive: boolean = Socket.prototype.setKeepAlive.length >= 4;

/** The value, or undefined for Node.js's own (1 second, 10 probes). Refused where Node.js cannot set it. */
export function probeSetting(
  layers: Layers,
  name: 'keepalives_interval' | 'keepalives_count',
  idle: number,
): number | undefined {
  const value = integer(layers, name) ?? 0;
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
