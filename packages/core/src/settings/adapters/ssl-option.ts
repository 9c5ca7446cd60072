import { readFileSync, statSync } from 'node:fs';
import type { SslMode } from '../../connection/connection.ts';
import { AzurePgError } from '../../errors/azure-pg-error.ts';
import { warnOnce } from '../../notices/warn-once.ts';
import { pemText } from '../../tls/pem-text.ts';
import type { ConnectionOptions } from '../gather/connection-options.ts';
import { parseText } from '../parse/parse-text.ts';
import { theConnectionString } from '../parse/syntax-error.ts';
import { sslModes } from '../resolve/tls-settings.ts';

const docs = 'https://www.postgresql.org/docs/18/libpq-ssl.html#LIBPQ-SSL-PROTECTION';

/** What a driver's `ssl` option says in libpq's settings, and what the user should be told about it. */
export interface TranslatedSsl {
  readonly settings: ConnectionOptions;
  readonly warning: string | undefined;
}

/**
 * Turns the `ssl` option of pg and postgres.js (true, false, a mode, or options for `tls.connect`) into libpq's settings, so that there is
 * one implementation of TLS. `true` and an object verify the server, as they do in the drivers, unless `rejectUnauthorized` is false.
 * With an sslmode, the stricter of the two wins; two that exclude each other are an error.
 *
 * @param ssl the option's value; undefined and null say nothing.
 * @param written the sslmode given with it, in the connection string or the options.
 * @throws AzurePgError `INVALID_SETTING` for a key that has no counterpart, naming it, and for contradictions.
 */
export function translateSslOption(ssl: unknown, written: string | undefined): TranslatedSsl {
  if (ssl === undefined || ssl === null) return { settings: {}, warning: undefined };
  if (ssl === false) return { settings: { sslmode: combine('disable', written) }, warning: undefined };
  if (ssl === true || ssl === 'true') {
    return { settings: { sslmode: combine('verify-full', written) }, warning: undefined };
  }
  if (ssl === 'no-verify') return unverified({}, written);
  if (typeof ssl === 'string' && isSslMode(ssl)) {
    return { settings: { sslmode: combine(ssl, written) }, warning: undefined };
  }
  if (typeof ssl !== 'object' || Array.isArray(ssl)) {
    throw invalid('it must be true, false or an object of TLS options');
  }
  // pg hides the key from enumeration, so that it is not printed.
  const { key } = ssl as { key?: unknown };
  const given = Object.entries({ ...ssl, key }).filter(([, value]) => value !== undefined && value !== null);
  const settings: Record<string, unknown> = {};
  for (const [name, value] of given) {
    const translate = Object.hasOwn(keys, name) ? keys[name] : undefined;
    if (translate === undefined) throw invalid(`"${nameOf(name)}" has no counterpart here`, hintFor(name));
    Object.assign(settings, translate(value));
  }
  if ((ssl as { rejectUnauthorized?: unknown }).rejectUnauthorized === false) {
    return unverified(settings, written);
  }
  const { ca, checkServerIdentity } = ssl as { ca?: unknown; checkServerIdentity?: unknown };
  // Whoever has a certificate of a public authority would pass for the server.
  if ((ca === undefined || ca === null) && checkServerIdentity) throw nameUnchecked();
  const mode = checkServerIdentity ? 'verify-ca' : 'verify-full';
  return { settings: { ...settings, sslmode: combine(mode, written) }, warning: undefined };
}

/**
 * What a driver's `ssl` option says, given the options around it. Warns once of a mode that does not verify.
 *
 * @param ssl the option's value; undefined and null say nothing.
 * @param options the others: their connection string and sslmode count.
 * @param otherwise what `ssl` is where neither it nor a sslmode is given.
 * @throws AzurePgError as {@link translateSslOption} does, and `INVALID_SETTING` where another option says something else.
 */
export function settingsOfSsl(
  ssl: unknown,
  options: ConnectionOptions,
  otherwise?: unknown,
): ConnectionOptions {
  if ((ssl ?? otherwise) === undefined || (ssl ?? otherwise) === null) return {};
  const { connectionString } = options;
  const written =
    options.sslmode ??
    (connectionString === undefined ? undefined : parseText(connectionString, theConnectionString).sslmode);
  const said = ssl ?? (written === undefined ? otherwise : undefined);
  const { settings, warning } = translateSslOption(said, written);
  const twice = Object.keys(settings).filter((name) => name !== 'sslmode' && name in options);
  for (const name of twice) {
    const [one, other] = [settings, options].map((each) => each[name as keyof ConnectionOptions]);
    if (!isSamePem(one, other)) throw invalid(`it contradicts "${name}"`, 'Give one of the two.');
    delete settings[name as keyof ConnectionOptions];
  }
  if (warning !== undefined) warnOnce(options.logger, 'ssl.rejectUnauthorized', warning);
  return settings;
}

/** Whether a PEM text is what the other is, or what is in the file that it names: pg-connection-string's `parse()` gives both. */
function isSamePem(text: unknown, other: unknown): boolean {
  const [one, given] = [text, other].map((each) =>
    Array.isArray(each) && each.length === 1 ? each[0] : each,
  );
  if (typeof one !== 'string' || typeof given !== 'string') return false;
  if (one === given) return true;
  const [pem, written] = [pemText(one), pemText(given)];
  if (pem === undefined) return false;
  if (written !== undefined) return pem === written;
  try {
    return statSync(given).isFile() && pemText(readFileSync(given, 'latin1')) === pem;
  } catch {
    return false;
  }
}

function unverified(settings: Record<string, unknown>, written: string | undefined): TranslatedSsl {
  if (written === 'verify-ca' || written === 'verify-full' || written === 'disable') {
    throw invalid(
      `rejectUnauthorized: false contradicts sslmode=${written}`,
      'Leave one of the two out; verify-full is the safe one.',
    );
  }
  // With root certificates "require" would verify after all, as libpq's does.
  const { sslrootcert: _, ...rest } = settings;
  return {
    settings: { ...rest, sslmode: 'require' },
    warning:
      'ssl.rejectUnauthorized is false: the connection is encrypted, but anyone on the way can pose as the server. Leave it out to verify the server (sslmode=verify-full).',
  };
}

/** The stricter of the option's mode and the one written with it. */
function combine(mode: SslMode, written: string | undefined): SslMode {
  if (written === undefined || !isSslMode(written)) return mode;
  const excluded = (a: SslMode, b: SslMode): boolean => a === 'disable' && sslModes.indexOf(b) > 2;
  if (excluded(mode, written) || excluded(written, mode)) {
    throw invalid(`it contradicts sslmode=${written}`, 'Leave one of the two out.');
  }
  if (mode === 'disable') return mode;
  return sslModes.indexOf(written) > sslModes.indexOf(mode) ? written : mode;
}

const isSslMode = (text: string): text is SslMode => (sslModes as readonly string[]).includes(text);

type Translate = (value: unknown) => ConnectionOptions;

const keys: Readonly<Record<string, Translate>> = {
  ca: (value) => {
    const all: readonly unknown[] = Array.isArray(value) ? value : [value];
    // To Node.js an empty list says to trust nobody; no sslrootcert would trust every public authority.
    if (all.length === 0) throw invalid('ca is empty', 'Leave it out to use the default roots.');
    return { sslrootcert: all.map((each) => pem('ca', each, 'sslrootcert')) };
  },
  cert: (value) => ({ sslcert: pem('cert', value, 'sslcert') }),
  key: (value) => ({ sslkey: pem('key', value, 'sslkey') }),
  passphrase: (value) => ({ sslpassword: text('passphrase', value) }),
  servername: (value) => ({ ssl_server_name: text('servername', value) }),
  minVersion: (value) => ({ ssl_min_protocol_version: version('minVersion', value) }),
  maxVersion: (value) => ({ ssl_max_protocol_version: version('maxVersion', value) }),
  rejectUnauthorized: (value) => {
    if (typeof value !== 'boolean') throw invalid('rejectUnauthorized must be true or false');
    return {};
  },
  checkServerIdentity: (value) => {
    if (!acceptsEveryName(value)) throw nameUnchecked();
    return {};
  },
  // Sequelize's word for "use TLS", which every form of this option but false means.
  require: (value) => {
    if (value !== true) throw invalid('require can only be true', 'Write ssl: false for no TLS.');
    return {};
  },
};

/**
 * A function that checks nothing, which with a `ca` is verify-ca: pg-connection-string's `parse()` gives it for that mode, where
 * `uselibpqcompat=true` is in the URL. What another one does nobody can tell.
 */
function acceptsEveryName(check: unknown): boolean {
  return (
    typeof check === 'function' &&
    /^(?!async\b)(?:function\s*)?\w*\s*\([\w\s,]*\)\s*(?:\{\s*\}|=>\s*(?:undefined|null|void 0|\{\s*\}))$/.test(
      String(check),
    )
  );
}

function nameUnchecked(): AzurePgError {
  return invalid('"checkServerIdentity" has no counterpart here', hintFor('checkServerIdentity'));
}

function pem(key: string, value: unknown, setting: string): string {
  const written = value instanceof Uint8Array ? Buffer.from(value).toString('latin1') : value;
  if (typeof written !== 'string' || pemText(written) === undefined) {
    throw invalid(`${key} must hold PEM text`, `For the name of a file use ${setting} instead.`);
  }
  return written;
}

function text(key: string, value: unknown): string {
  if (typeof value !== 'string') throw invalid(`${key} must be a string`);
  return value;
}

function version(key: string, value: unknown): 'TLSv1.2' {
  // resolveConnection checks the value and names those there are.
  return text(key, value) as 'TLSv1.2';
}

function hintFor(name: string): string {
  if (name === 'checkServerIdentity') {
    return 'Give the certificate’s name as ssl.servername, or write sslmode=verify-ca to accept every name of a trusted authority.';
  }
  return `Known are ${Object.keys(keys).join(', ')}; for more see libpq's ssl… settings.`;
}

const nameOf = (name: string): string => (/^\w{1,40}$/.test(name) ? name : '…');

function invalid(problem: string, hint?: string): AzurePgError {
  return new AzurePgError('INVALID_SETTING', `Invalid option "ssl": ${problem}`, {
    hint,
    docs,
    setting: 'ssl',
    source: 'options',
  });
}
