import type { AzurePgErrorCode } from '../../errors/azure-pg-error.ts';
import { isNpgsql, looksLikeAdoNet, parseAdoNet } from './ado-net.ts';
import { isJdbc, jdbcToUri } from './jdbc.ts';
import { parseSettings } from './parse-connection-string.ts';
import { refuseUnlikely } from './refuse-unlikely.ts';
import type { ParsedSettings, ParseNotes } from './setting-sink.ts';
import type { TextOrigin } from './syntax-error.ts';
import { uriOf } from './uri.ts';

/**
 * What a text says in any of the forms in which people have one: libpq's two, with white space around a URI and its scheme in any case, a URL
 * of JDBC, pairs of ADO.NET (Npgsql). What libpq's grammar would take for something else than is meant is refused by name.
 *
 * @throws AzurePgError `INVALID_CONNECTION_STRING`; `INVALID_SETTING` for a name that nobody knows.
 */
export function parseText(
  text: string,
  origin: TextOrigin,
  unknownCode?: AzurePgErrorCode,
  notes?: ParseNotes,
): ParsedSettings {
  // parseSettings says what it is instead.
  if (typeof text !== 'string') return parseSettings(text, origin);
  if (looksLikeAdoNet(text)) return parseAdoNet(text, origin);
  const uri = uriOf(isJdbc(text) ? jdbcToUri(text, origin) : text);
  refuseUnlikely(uri, origin);
  return parseSettings(uri, origin, unknownCode, notes);
}

/** Whether a text can only be meant for PostgreSQL. */
export function isForPostgres(text: string): boolean {
  return /^\s*(?:jdbc:)?postgres(?:ql)?:\/\//i.test(text) || isNpgsql(text);
}
