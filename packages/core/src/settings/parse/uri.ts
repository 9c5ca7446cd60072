import { isSecretSetting } from '../table/settings.ts';
import { percentDecode } from './percent-decode.ts';
import { type ParseContext, type ParsedSettings, storeSetting } from './setting-sink.ts';
import { syntaxError } from './syntax-error.ts';

/** The length of "postgresql://" or "postgres://" at the start of the text; 0 where there is neither. Case counts, as in libpq. */
export function uriPrefixLength(text: string): number {
  if (text.startsWith('postgresql://')) return 13;
  return text.startsWith('postgres://') ? 11 : 0;
}

/** A URI as libpq reads it: without the white space around it, where secrets end in a line break, and with its scheme in lower case. */
export function uriOf(text: string): string {
  const trimmed = text.trim();
  const [scheme] = /^postgres(?:ql)?:\/\//i.exec(trimmed) ?? [];
  return scheme === undefined ? text : scheme.toLowerCase() + trimmed.slice(scheme.length);
}

const SLASH = 47;
const COLON = 58;
const QUESTION = 63;
const AT = 64;
const COMMA = 44;
const BRACKET = 91;

/**
 * libpq's conninfo_uri_parse_options: `scheme://[user[:password]@][host][:port][,…][/dbname][?name=value&…]`.
 * A "?" does not end the part in which "@" is looked for; "/" does.
 */
export function parseUri(text: string, prefixLength: number, context: ParseContext): ParsedSettings {
  const settings: ParsedSettings = {};
  const { origin } = context;
  const length = text.length;

  // The first "@" or "/", and the first ":" before it.
  let colon = -1;
  let at = prefixLength;
  let code = 0;
  for (; at < length; at++) {
    code = text.charCodeAt(at);
    if (code === AT || code === SLASH) break;
    if (code === COLON && colon < 0) colon = at;
  }
  if (code === AT && at < length) {
    const userEnd = colon < 0 ? at : colon;
    if (userEnd > prefixLength) settings.user = percentDecode(text.slice(prefixLength, userEnd), origin);
    if (at > userEnd + 1) settings.password = percentDecode(text.slice(userEnd + 1, at), origin);
    at++;
  } else {
    at = prefixLength;
  }

  let hosts = '';
  let ports = '';
  for (;;) {
    if (text.charCodeAt(at) === BRACKET) {
      const close = text.indexOf(']', at);
      if (close < 0) throw syntaxError(origin, 'an IPv6 address has no closing "]"');
      if (close === at + 1) throw syntaxError(origin, 'an IPv6 address is empty');
      hosts += text.slice(at + 1, close);
      at = close + 1;
      if (at < length && hostEnd(text, at) !== at) {
        throw syntaxError(origin, 'an IPv6 address must be followed by ":", "/", "?" or ","');
      }
    } else {
      const end = hostEnd(text, at);
      hosts += text.slice(at, end);
      at = end;
    }
    if (text.charCodeAt(at) === COLON) {
      const end = portEnd(text, at + 1);
      ports += text.slice(at + 1, end);
      at = end;
    }
    if (text.charCodeAt(at) !== COMMA) break;
    at++;
    hosts += ',';
    ports += ',';
  }
  if (hosts !== '') settings.host = percentDecode(hosts, origin);
  if (ports !== '') settings.port = percentDecode(ports, origin);

  if (text.charCodeAt(at) === SLASH) {
    let end = text.indexOf('?', at);
    if (end < 0) end = length;
    if (end > at + 1) settings.dbname = percentDecode(text.slice(at + 1, end), origin);
    at = end;
  }
  if (at < length) parseParameters(text, at + 1, settings, context, ports);
  return settings;
}

/** Where a host ends: at ":", "/", "?" or ",". */
function hostEnd(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === COLON || code === SLASH || code === QUESTION || code === COMMA) break;
  }
  return at;
}

/** Where a port ends: at "/", "?" or ",". */
function portEnd(text: string, from: number): number {
  let at = from;
  for (; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === SLASH || code === QUESTION || code === COMMA) break;
  }
  return at;
}

/** libpq's conninfo_uri_parse_params: `name=value` joined by "&"; `ssl=true` means sslmode=require, as JDBC writes it. */
function parseParameters(
  text: string,
  start: number,
  settings: ParsedSettings,
  context: ParseContext,
  ports: string,
): void {
  const { origin } = context;
  let afterSecret = false;
  // "postgres://user:se/cret?x=1@host" parses, with pieces of the password in the wrong places: then no name is shown.
  const quotable = (): boolean => !afterSecret && /^[\d,]*$/.test(ports) && !text.includes('@', start);
  let at = start;
  while (at < text.length) {
    let end = text.indexOf('&', at);
    if (end < 0) end = text.length;
    const parameter = text.slice(at, end);
    const equals = parameter.indexOf('=');
    if (equals < 0) throw syntaxError(origin, 'a query parameter has no "="');
    if (parameter.includes('=', equals + 1)) {
      throw syntaxError(
        origin,
        'a query parameter has more than one "="',
        'Write "=" within a value as %3D.',
      );
    }
    const name = percentDecode(parameter.slice(0, equals), origin);
    const value = percentDecode(parameter.slice(equals + 1), origin);
    if (name === 'ssl' && value === 'true') {
      settings.sslmode = 'require';
      context.notes.anyTls = true;
    } else {
      storeSetting(settings, name, value, context, quotable);
    }
    if (isSecretSetting(name)) afterSecret = true;
    at = end + 1;
  }
}
