import { isIP } from 'node:net';
import { isUnixSocket } from '../../azure/token-host.ts';
import type { Host } from '../../connection/connection.ts';
import { invalidSetting } from '../gather/invalid-setting.ts';
import type { Layers } from '../gather/layers.ts';
import { parseInteger } from '../gather/setting-values.ts';

/** libpq would try a Unix socket first where nobody names a host; the drivers, and so we, take this name. */
const defaultHost = 'localhost';
const defaultPort = 5432;

/**
 * libpq's rules for `host`, `hostaddr` and `port`: lists with commas that must be equally long, but one port serves all hosts,
 * and an empty port is 5432. An empty host is refused: it is nearly always a variable that was not set.
 */
export function resolveHosts(layers: Layers): readonly Host[] {
  const names = list(layers.get('host')?.value);
  const addresses = list(layers.get('hostaddr')?.value);
  if (names === undefined && addresses === undefined && layers.has('host')) throw emptyHost(layers);
  const count = addresses?.length ?? names?.length ?? 1;
  if (names !== undefined && addresses !== undefined && names.length !== count) {
    throw invalidSetting(
      'hostaddr',
      layers.get('hostaddr'),
      `there are ${count} addresses for ${names.length} host names`,
    );
  }
  const ports = list(layers.get('port')?.value) ?? [''];
  if (ports.length !== 1 && ports.length !== count) {
    throw invalidSetting('port', layers.get('port'), `there are ${ports.length} ports for ${count} hosts`);
  }
  const hosts: Host[] = [];
  for (let index = 0; index < count; index++) {
    const hostaddr = addresses?.[index] || undefined;
    const name = names === undefined && hostaddr === undefined ? defaultHost : names?.[index] || hostaddr;
    if (name === undefined) throw emptyHost(layers);
    if (names?.[index]) checkName(name, layers);
    if (hostaddr !== undefined && isIP(hostaddr) === 0) {
      throw invalidSetting('hostaddr', layers.get('hostaddr'), 'it must be an IP address');
    }
    const port = readPort(ports.length === 1 ? (ports[0] as string) : (ports[index] as string), layers);
    hosts.push(Object.freeze({ host: name, hostaddr, port }));
  }
  return Object.freeze(hosts);
}

const list = (text: string | undefined): string[] | undefined => (text ? text.split(',') : undefined);

function emptyHost(layers: Layers): Error {
  return invalidSetting(
    'host',
    layers.get('host') ?? layers.get('hostaddr'),
    'it is empty',
    'Name a host, or leave the setting out; a variable in it may not be set.',
  );
}

function checkName(name: string, layers: Layers): void {
  const given = layers.get('host');
  if (isUnixSocket(name)) {
    // "user:p@@ss@host" makes libpq take "@ss@host" for an abstract socket.
    if (!name.includes('@', 1) && !/\p{Cc}/u.test(name)) return;
  } else if (/^https?$/i.test(name)) {
    throw invalidSetting('host', given, 'it is the scheme of a URL', 'Write the name of the server alone.');
  } else if (isIP(name) !== 0) {
    return;
  } else if (/^\[.*\]$/.test(name)) {
    throw invalidSetting('host', given, 'an IPv6 address stands here without brackets');
  } else if (name.includes('://')) {
    throw invalidSetting(
      'host',
      given,
      'it is a URL',
      'Write the name of the server alone, or give the URL as the connection string.',
    );
  } else if (/^[^:@/]+:\d+$/.test(name) || /^\[.*\]:\d+$/.test(name)) {
    throw invalidSetting(
      'host',
      given,
      'it contains a port',
      'Write the name of the server alone, and its port as "port".',
    );
  } else if (!/[\s@:/\\?#[\]<>"'`|^{}%;=&!$*()+,]/.test(name) && !/\p{Cc}/u.test(name)) {
    return;
  }
  throw invalidSetting(
    'host',
    given,
    'it contains a character that no host name has',
    'Percent-encode special characters in the user name and password of a URI (@ is %40, / is %2F, : is %3A).',
  );
}

function readPort(text: string, layers: Layers): number {
  if (text === '') return defaultPort;
  const port = parseInteger(text);
  if (port === undefined || port < 1 || port > 65_535) {
    throw invalidSetting('port', layers.get('port'), 'it must be a number from 1 to 65535');
  }
  return port;
}
