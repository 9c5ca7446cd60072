import { createHash, createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import tls from 'node:tls';
import { hostFacts } from '../azure/endpoint.ts';
import type { AzureConnection, Host } from '../connection/connection.ts';
import { secretsOf } from '../connection/connection-secrets.ts';
import { AzurePgError } from '../errors/azure-pg-error.ts';
import type { TlsAttempt } from './attempts.ts';
import { readPem } from './certificate-file.ts';
import { rootsOf } from './roots.ts';

export interface PreparedTls {
  readonly context: tls.SecureContext;
  /** Which roots were tried, for messages. */
  readonly roots: string;
}

const versions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
// Making a context with all roots takes 20 ms; most programs need one or two.
const cache = new Map<string, PreparedTls>();
const cacheSize = 32;

/**
 * OpenSSL's settings for one attempt: roots, client certificate, revocation lists, versions. Made once for as long as neither the settings
 * nor the files change.
 *
 * @throws AzurePgError `CERTIFICATE_FILE`, `INVALID_SETTING`
 */
export function secureContext(connection: AzureConnection, host: Host, attempt: TlsAttempt): PreparedTls {
  const settings = connection.tls;
  // Where private DNS renames a server, its public name says whose it is.
  const [own, renamed] = [hostFacts(host.host), hostFacts(settings.serverName ?? '')];
  const facts = own.kind === 'other' ? renamed : own;
  const parts: string[] = [attempt.verify === 'none' ? 'any' : 'verified'];
  const options: tls.SecureContextOptions = { ...versionsFor(settings, facts.kind !== 'other') };
  parts.push(`${options.minVersion} ${options.maxVersion}`);
  let roots = 'none: the certificate is not checked';
  if (attempt.verify !== 'none') {
    const found = rootsOf(settings, facts.cloud?.name);
    options.ca = found.pem as string[];
    roots = found.description;
    parts.push(found.stamp);
    const lists = revocationLists(settings);
    if (lists !== undefined) {
      options.crl = lists.pem as string[];
      parts.push(lists.stamp);
    }
  }
  const client = clientCertificate(connection);
  if (client !== undefined) parts.push(client.stamp);
  const key = createHash('sha256').update(JSON.stringify(parts)).digest('base64');
  let prepared = cache.get(key);
  if (prepared === undefined) {
    if (cache.size >= cacheSize) cache.delete(cache.keys().next().value as string);
    prepared = { context: create({ ...options, ...(client && certified(client)) }), roots };
    cache.set(key, prepared);
  }
  return prepared;
}

/** Azure's servers speak nothing below TLS 1.2, and nothing below is safe for a token. */
function versionsFor(
  settings: AzureConnection['tls'],
  azure: boolean,
): Pick<tls.SecureContextOptions, 'minVersion' | 'maxVersion'> {
  const floor = versions.indexOf('TLSv1.2');
  const min = azure ? versions[Math.max(floor, versions.indexOf(settings.minVersion))] : settings.minVersion;
  if (settings.maxVersion === undefined) return { minVersion: min ?? 'TLSv1.2' };
  if (azure && versions.indexOf(settings.maxVersion) < floor) {
    throw new AzurePgError(
      'INVALID_SETTING',
      `ssl_max_protocol_version is ${settings.maxVersion}; Azure needs TLS 1.2`,
      {
        hint: 'Leave ssl_max_protocol_version out, or set it to TLSv1.2 or TLSv1.3.',
      },
    );
  }
  return { minVersion: min ?? 'TLSv1.2', maxVersion: settings.maxVersion };
}

function revocationLists(
  settings: AzureConnection['tls'],
): { pem: readonly string[]; stamp: string } | undefined {
  const sources = [
    ...(settings.revocationList === undefined
      ? []
      : [readPem('sslcrl', settings.revocationList, 'revocation list')]),
    ...(settings.revocationListFolder === undefined
      ? []
      : [readPem('sslcrldir', settings.revocationListFolder, 'revocation list', true)]),
  ];
  if (sources.length === 0) return undefined;
  return { pem: sources.flatMap(({ pem }) => pem), stamp: sources.map(({ stamp }) => stamp).join('\n') };
}

interface ClientCertificate {
  /** The certificate itself comes first. */
  readonly chain: readonly string[];
  readonly key: string;
  /** The setting that names the key. */
  readonly keySetting: 'sslkey' | 'sslcert';
  readonly passphrase: string | undefined;
  readonly stamp: string;
}

function clientCertificate(connection: AzureConnection): ClientCertificate | undefined {
  const { certificate, certificateMode, key } = connection.tls;
  if (certificateMode === 'disable') return undefined;
  if (certificate === undefined) {
    if (certificateMode !== 'require') return undefined;
    throw new AzurePgError('INVALID_SETTING', 'sslcertmode=require, but there is no client certificate', {
      hint: 'Name it with sslcert and sslkey.',
    });
  }
  const chain = readPem('sslcert', certificate, 'certificate');
  // As with libpq and OpenSSL, the key may be in the certificate's file.
  const keySetting = key === undefined ? 'sslcert' : 'sslkey';
  const secret = readPem(keySetting, key ?? certificate, 'key');
  // As in libpq, an empty passphrase is none.
  const passphrase = secretsOf(connection).sslPassword || undefined;
  return {
    chain: chain.pem,
    key: secret.pem[0] as string,
    keySetting,
    passphrase,
    stamp: JSON.stringify([chain.stamp, secret.stamp, passphrase]),
  };
}

/** Reads the key by itself: only so is it known whether the key is at fault, since OpenSSL's words for a wrong passphrase vary. */
function certified(client: ClientCertificate): tls.SecureContextOptions {
  const { chain, key, keySetting, passphrase } = client;
  if (!new X509Certificate(chain[0] as string).checkPrivateKey(readKey(client))) {
    throw new AzurePgError(
      'CERTIFICATE_FILE',
      `The key (from ${keySetting}) does not belong to the certificate`,
      {
        hint: 'Give sslkey the key that the certificate was made for. In sslcert the certificate itself must come first, then those that signed it.',
      },
    );
  }
  return { cert: chain.join('\n'), key, ...(passphrase !== undefined && { passphrase }) };
}

function readKey({ key, keySetting, passphrase }: ClientCertificate): KeyObject {
  const encrypted = /^-----BEGIN ENCRYPTED|^Proc-Type: 4,ENCRYPTED/m.test(key);
  if (encrypted && passphrase === undefined) {
    throw new AzurePgError(
      'CERTIFICATE_FILE',
      `The key (from ${keySetting}) is encrypted, and sslpassword is not set`,
      {
        hint: 'Set sslpassword to the passphrase of the key.',
      },
    );
  }
  try {
    return createPrivateKey({ key, ...(passphrase !== undefined && { passphrase }) });
  } catch (cause) {
    const code = codeOf(cause);
    throw encrypted
      ? new AzurePgError(
          'CERTIFICATE_FILE',
          `sslpassword does not open the key (from ${keySetting}; ${code})`,
          {
            hint: 'Check the passphrase with: openssl pkey -in FILE -noout. A key that is damaged or encrypted with an outdated cipher looks the same.',
          },
        )
      : new AzurePgError('CERTIFICATE_FILE', `OpenSSL cannot read the key (from ${keySetting}; ${code})`, {
          hint: 'Check the file with: openssl pkey -in FILE -noout.',
        });
  }
}

function create(options: tls.SecureContextOptions): tls.SecureContext {
  try {
    return tls.createSecureContext(options);
  } catch (cause) {
    // OpenSSL's own words name the trouble but not the file.
    throw new AzurePgError(
      'CERTIFICATE_FILE',
      `OpenSSL does not accept the file of sslrootcert, sslcert or sslcrl (${codeOf(cause)})`,
      { hint: 'Check that the files are whole and that their keys and signatures are not too weak.' },
    );
  }
}

function codeOf(cause: unknown): string {
  return (cause as NodeJS.ErrnoException).code ?? 'unknown';
}
