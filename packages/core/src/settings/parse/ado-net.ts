import { AzurePgError } from '../../errors/azure-pg-error.ts';
import { syntaxError } from './syntax-error.ts';

/** ADO.NET's names, without blanks and in lower case, and ours. */
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
  sslmode: 'sslmode',
  timeout: 'connect_timeout',
  applicationname: 'application_name',
  rootcertificate: 'sslrootcert',
};

const sslModes: Readonly<Record<string, string>> = { verifyca: 'verify-ca', verifyfull: 'verify-full' };

/** "Server=…;Database=…;": pairs with semicolons, as Service Connector gives to .NET programs. */
export function looksLikeAdoNet(text: string): boolean {
  return /^\s*(?:server|host|database|user id|port)\s*=[^=;]*;/i.test(text);
}

/** Reads Npgsql's form as far as Service Connector writes it. A value with a semicolon is in single or double quotes. */
export function parseAdoNet(text: string, origin: string): Record<string, string> {
  // Nobody writes such a long one, and the expression below is not linear for every text.
  if (text.length > 20_000) throw syntaxError(origin, 'it is too long');
  const settings: Record<string, string> = {};
  const pair = /\s*([^=;]*)=\s*(?:"((?:[^"]|"")*)"|'((?:[^']|'')*)'|([^;]*))\s*(?:;|$)/y;
  let at = 0;
  while (at < text.length && text.slice(at).trim() !== '') {
    pair.lastIndex = at;
    const match = pair.exec(text);
    if (match === null) throw syntaxError(origin, 'a part between semicolons has no "="');
    at = pair.lastIndex;
    const written = (match[1] ?? '').trim().toLowerCase().replaceAll(' ', '');
    const value =
      match[2]?.replaceAll('""', '"') ?? match[3]?.replaceAll("''", "'") ?? (match[4] ?? '').trim();
    if (written === 'trustservercertificate') continue;
    const name = Object.hasOwn(names, written) ? names[written] : undefined;
    if (name === undefined) {
      throw new AzurePgError('INVALID_SETTING', `Unknown setting in ${origin}, which is in ADO.NET's form`, {
        hint: `Known settings: ${Object.keys(names).join(', ')}.`,
      });
    }
    const lower = value.toLowerCase();
    settings[name] = name === 'sslmode' ? (sslModes[lower.replace('-', '')] ?? lower) : value;
  }
  return settings;
}
