import { isAzureHost } from '../../azure/endpoint.ts';
import { AzurePgError } from '../../errors/azure-pg-error.ts';
import { isSecretSetting } from '../table/settings.ts';
import { syntaxError } from './syntax-error.ts';

/** Npgsql's names, without blanks and in lower case, and ours: https://www.npgsql.org/doc/connection-string-parameters.html */
const names: Readonly<Record<string, string>> = {
  server: 'host',
  host: 'host',
  port: 'port',
  database: 'dbname',
  db: 'dbname',
  userid: 'user',
  username: 'user',
  user: 'user',
  uid: 'user',
  password: 'password',
  pwd: 'password',
  psw: 'password',
  passfile: 'passfile',
  sslmode: 'sslmode',
  sslcertificate: 'sslcert',
  sslkey: 'sslkey',
  sslpassword: 'sslpassword',
  rootcertificate: 'sslrootcert',
  channelbinding: 'channel_binding',
  timeout: 'connect_timeout',
  applicationname: 'application_name',
  clientencoding: 'client_encoding',
  options: 'options',
  targetsessionattributes: 'target_session_attrs',
};

/** They change nothing for a program in Node.js. That a certificate would be trusted unseen is not believed. */
const ignored: ReadonlySet<string> = new Set([
  'trustservercertificate',
  'persistsecurityinfo',
  'includeerrordetail',
  'pooling',
]);

/** Words that libpq writes in another way. */
const words: Readonly<Record<string, string>> = {
  verifyca: 'verify-ca',
  verifyfull: 'verify-full',
  preferstandby: 'prefer-standby',
};
const inWords: ReadonlySet<string> = new Set(['sslmode', 'channel_binding', 'target_session_attrs']);

// Nobody writes a longer one, and the expressions below are not linear for every text.
const longest = 20_000;
const plain = (name: string): string => name.trim().toLowerCase().replaceAll(/[ _]/g, '');
const hostAmongPairs = /(?:^|;)\s*(?:server|host)\s*=/i;

/**
 * "Server=…;Database=…;": pairs with semicolons, as .NET programs have them. A text that libpq's keyword/value form has a better claim to
 * (`host=h password=a;b`) is none.
 */
export function looksLikeAdoNet(text: string): boolean {
  const [, first = ''] =
    /^\s*([a-z][a-z _]{0,40}?)\s*=(?:\s*"[^"]*"\s*|\s*'[^']*'\s*|[^=;]*|\s*[^;\s]*\s*);/i.exec(
      text.slice(0, longest),
    ) ?? [];
  return (
    (Object.hasOwn(names, plain(first)) || ignored.has(plain(first))) &&
    hostAmongPairs.test(text.slice(0, longest))
  );
}

/** Whether such a text can only be meant for PostgreSQL: other databases' have a "Server", too. */
export function isNpgsql(text: string): boolean {
  if (!looksLikeAdoNet(text)) return false;
  const [, host = ''] = /(?:^|;)\s*server\s*=\s*([^;]*)/i.exec(text.slice(0, longest)) ?? [];
  return host === '' || isAzureHost(host.trim().split(',')[0] ?? '');
}

/** Reads Npgsql's form. A value with a semicolon is in single or double quotes. */
export function parseAdoNet(text: string, origin: string): Record<string, string> {
  if (text.length > longest) throw syntaxError(origin, 'it is too long');
  const settings: Record<string, string> = {};
  const pair = /\s*([^=;]*)=\s*(?:"((?:[^"]|"")*)"|'((?:[^']|'')*)'|([^;]*))\s*(?:;|$)/y;
  let quotable = true;
  let at = 0;
  while (at < text.length && text.slice(at).trim() !== '') {
    pair.lastIndex = at;
    const match = pair.exec(text);
    if (match === null) throw syntaxError(origin, 'a part between semicolons has no "="');
    at = pair.lastIndex;
    const written = plain(match[1] ?? '');
    const value =
      match[2]?.replaceAll('""', '"') ?? match[3]?.replaceAll("''", "'") ?? (match[4] ?? '').trim();
    if (ignored.has(written)) continue;
    const name = Object.hasOwn(names, written) ? names[written] : undefined;
    if (name === undefined) throw unknownName((match[1] ?? '').trim(), origin, quotable);
    if (isSecretSetting(name)) quotable = false;
    settings[name] = inWords.has(name) ? wordOf(value) : value;
  }
  refuseSqlServersHost(settings.host ?? '', origin);
  splitPorts(settings);
  return settings;
}

function wordOf(value: string): string {
  const lower = value.toLowerCase();
  return words[lower.replaceAll('-', '')] ?? lower;
}

/** "Server=tcp:db,5432" is SQL Server's form. Npgsql would take the port for a second host, and a resolver its number for an address. */
function refuseSqlServersHost(host: string, origin: string): void {
  if (!/^\s*tcp:/i.test(host) && !/,\s*\d+\s*$/.test(host)) return;
  throw syntaxError(
    origin,
    "its server is in SQL Server's form",
    'Write Host=…;Port=5432, without "tcp:" and the comma.',
  );
}

/** "Host=a:5432,b:5433" has the ports with the hosts. */
function splitPorts(settings: Record<string, string>): void {
  const hosts = settings.host?.split(',').map((host) => /^([^:]+):(\d*)$/.exec(host) ?? [host, host, '']);
  if (!hosts?.some(([, , port]) => port)) return;
  settings.host = hosts.map(([, host]) => host).join(',');
  settings.port = hosts.map(([, , port]) => port || (settings.port ?? '')).join(',');
}

function unknownName(written: string, origin: string, quotable: boolean): AzurePgError {
  const name = quotable && /^[a-z][a-z _]{0,39}$/i.test(written) ? ` "${written}"` : '';
  return new AzurePgError(
    'INVALID_SETTING',
    `Unknown setting${name} in ${origin}, which is in ADO.NET's form`,
    {
      hint: `Known are ${Object.keys(names).join(', ')}. A pool's size is an option of the driver (max).`,
    },
  );
}
