import type { SslMode, TlsSettings } from '../../connection/connection.ts';
import { isPem } from '../../tls/certificate-file.ts';
import { invalidSetting } from '../gather/invalid-setting.ts';
import type { Layers } from '../gather/layers.ts';
import { choice, switchValue } from '../gather/setting-values.ts';
import { libpqSettings } from '../table/libpq-settings.ts';

/** From the weakest to the strictest. */
export const sslModes: readonly SslMode[] = libpqSettings.sslmode.values;
const versions: readonly string[] = libpqSettings.ssl_min_protocol_version.values;

/**
 * How the connection is secured, with libpq's checks: https://www.postgresql.org/docs/18/libpq-ssl.html. The default is verify-full
 * for Azure's hosts, for Entra tokens (which may only go over an unverified channel when the user wrote so) and where sslrootcert is
 * "system"; else libpq's prefer.
 */
export function resolveTls(layers: Layers, strict: boolean): TlsSettings {
  const trust = choice(layers, 'trust');
  const written = splitRoots(layers.value('sslrootcert') ?? '');
  if (trust === 'azure' && written.length > 0 && layers.rank('sslrootcert') <= layers.rank('trust')) {
    throw invalidSetting('trust', layers.get('trust'), '"azure" and sslrootcert contradict each other');
  }
  const rootCertificates = trust === 'azure' ? [] : written;
  const system = rootCertificates.includes('system');
  if (layers.get('sslmode')?.value === 'no-verify') {
    throw invalidSetting(
      'sslmode',
      layers.get('sslmode'),
      `it must be one of ${sslModes.join(', ')}`,
      'What node-postgres calls no-verify is require; verify-full is the safe one.',
    );
  }
  const mode = choice(layers, 'sslmode') ?? (strict || system ? 'verify-full' : 'prefer');
  if (system && mode !== 'verify-full') {
    throw invalidSetting(
      'sslmode',
      layers.get('sslmode'),
      'sslrootcert=system allows nothing weaker than verify-full',
    );
  }
  const negotiation = choice(layers, 'sslnegotiation');
  if (negotiation === 'direct' && ['disable', 'allow', 'prefer'].includes(mode)) {
    throw invalidSetting(
      'sslnegotiation',
      layers.get('sslnegotiation'),
      'direct needs sslmode require, verify-ca or verify-full',
    );
  }
  const min = choice(layers, 'ssl_min_protocol_version');
  const max = choice(layers, 'ssl_max_protocol_version');
  if (max !== undefined && versions.indexOf(max) < versions.indexOf(min)) {
    throw invalidSetting(
      'ssl_max_protocol_version',
      layers.get('ssl_max_protocol_version'),
      `it is below ssl_min_protocol_version (${min})`,
    );
  }
  for (const name of ['sslcert', 'sslrootcert', 'sslcrl'] as const) {
    if (layers.value(name)?.includes('PRIVATE KEY-----')) {
      throw invalidSetting(name, layers.get(name), 'it holds a private key', 'Give the key alone as sslkey.');
    }
  }
  const key = layers.value('sslkey');
  const tls: TlsSettings = {
    mode,
    negotiation,
    rootCertificates: Object.freeze(rootCertificates),
    trust,
    certificate: layers.value('sslcert'),
    key,
    certificateMode: choice(layers, 'sslcertmode'),
    revocationList: layers.value('sslcrl'),
    revocationListFolder: layers.value('sslcrldir'),
    minVersion: min,
    maxVersion: max,
    sni: switchValue(layers, 'sslsni'),
    serverName: layers.value('ssl_server_name'),
  };
  // A key given as text is a secret: the TLS room reads it, inspect and JSON do not.
  if (isPem(key)) Object.defineProperty(tls, 'key', { get: () => key, enumerable: false });
  return Object.freeze(tls);
}

/**
 * sslrootcert's parts: lines that are not PEM are names of files and folders, consecutive PEM blocks are one part. libpq
 * has one file; a line break in a file's name is the difference.
 */
function splitRoots(text: string): string[] {
  const parts: string[] = [];
  let pem: string[] = [];
  let inBlock = false;
  const flush = (): void => {
    if (pem.length > 0) parts.push(`${pem.join('\n')}\n`);
    pem = [];
  };
  for (const raw of text.split('\n')) {
    const line = raw.trimEnd();
    if (inBlock || line.startsWith('-----BEGIN ')) {
      pem.push(line);
      inBlock = !line.startsWith('-----END ');
    } else if (line.trim() !== '') {
      flush();
      parts.push(line);
    }
  }
  flush();
  return parts;
}
