/*
 * Deliberate differences from libpq 18's PQconninfoParse, all that there are:
 *
 * 1. This library's own settings (table/own-settings.ts) are known beside libpq's keywords. libpq refuses them.
 * 2. Percent-encoded bytes that are not UTF-8 (`%ff`) are refused: a JavaScript string cannot hold them. libpq keeps the bytes.
 * 3. A NUL character and half of a surrogate pair are refused. A C string ends at the one and cannot hold the other.
 * 4. Messages never quote the text: it may hold a password.
 *
 * What `resolveConnection` does differently with the values is listed in docs/connection-strings.md.
 */
import type { AzurePgErrorCode } from '../../errors/azure-pg-error.ts';
import { parseKeywordValue } from './keyword-value.ts';
import type { ParsedSettings, ParseNotes } from './setting-sink.ts';
import { syntaxError, type TextOrigin, theConnectionString } from './syntax-error.ts';
import { parseUri, uriPrefixLength } from './uri.ts';

/**
 * Reads a connection string, a URI or keyword/value pairs, as libpq 18's `PQconninfoParse` does.
 *
 * @returns libpq's keywords (and this library's own settings) with their values as strings; only those present, no defaults,
 * neither the environment nor a service file. Several hosts are one value with commas, as are their ports. A value is not judged:
 * that is `resolveConnection`'s work.
 * @throws AzurePgError `INVALID_CONNECTION_STRING` for what libpq refuses. Its message quotes nothing of the text.
 *
 * @example
 * parseConnectionString('postgres://ada@db1,db2:6432/app?ssl=true')
 * // { user: 'ada', host: 'db1,db2', port: ',6432', dbname: 'app', sslmode: 'require' }
 */
export function parseConnectionString(text: string): Record<string, string> {
  return parseSettings(text, theConnectionString, 'INVALID_CONNECTION_STRING');
}

/**
 * The same for a text from a named place.
 *
 * @param unknownCode the error's code for a name that nobody knows.
 * @param notes is told what the settings themselves do not say.
 */
export function parseSettings(
  text: string,
  origin: TextOrigin,
  unknownCode: AzurePgErrorCode = 'INVALID_SETTING',
  notes: ParseNotes = {},
): ParsedSettings {
  if (typeof text !== 'string') throw syntaxError(origin, 'it is not a string');
  if (/[\0\ud800-\udfff]/.test(text)) refuseUnspeakable(text, origin);
  const prefixLength = uriPrefixLength(text);
  const context = { origin, unknownCode, notes };
  return prefixLength > 0 ? parseUri(text, prefixLength, context) : parseKeywordValue(text, context);
}

function refuseUnspeakable(text: string, origin: TextOrigin): void {
  if (text.includes('\0')) throw syntaxError(origin, 'it contains a NUL character');
  if (/\p{Surrogate}/u.test(text)) throw syntaxError(origin, 'it contains half of a surrogate pair');
}
