import { isSecretSetting } from '../table/settings.ts';
import { type ParseContext, type ParsedSettings, storeSetting } from './setting-sink.ts';
import { syntaxError } from './syntax-error.ts';

// isspace() of the C locale.
const isSpace = (code: number): boolean => code === 32 || (code >= 9 && code <= 13);
const EQUALS = 61;
const QUOTE = 39;
const BACKSLASH = 92;

/**
 * libpq's conninfo_parse: `keyword = value` pairs with blanks between. A value with blanks is in single quotes; a
 * backslash takes the next character as it is.
 */
export function parseKeywordValue(text: string, context: ParseContext): ParsedSettings {
  const settings: ParsedSettings = {};
  // After an unquoted password with a space in it, the next "name" is a piece of that password.
  let quotable = true;
  let at = 0;
  const skipBlanks = (): void => {
    while (isSpace(text.charCodeAt(at))) at++;
  };
  for (;;) {
    skipBlanks();
    if (at >= text.length) return settings;
    const start = at;
    while (at < text.length && text.charCodeAt(at) !== EQUALS && !isSpace(text.charCodeAt(at))) at++;
    const name = text.slice(start, at);
    skipBlanks();
    if (text.charCodeAt(at) !== EQUALS) {
      throw syntaxError(
        context.origin,
        'it is neither a postgres:// URI nor keyword=value pairs: a word has no "=" after it',
        'Begin a URI with postgres:// or postgresql://, and put a value with spaces in single quotes.',
      );
    }
    at++;
    skipBlanks();
    const parts: string[] = [];
    if (text.charCodeAt(at) === QUOTE) {
      at = readQuoted(text, at + 1, parts);
      if (at < 0) throw syntaxError(context.origin, 'a quoted value has no closing quote');
    } else {
      at = readBare(text, at, parts);
    }
    storeSetting(settings, name, parts.join(''), context, () => quotable);
    if (isSecretSetting(name)) quotable = false;
  }
}

/** Reads up to a blank; gives where to go on. A backslash at the very end is dropped, as in libpq. */
function readBare(text: string, from: number, parts: string[]): number {
  let start = from;
  let at = from;
  while (at < text.length && !isSpace(text.charCodeAt(at))) {
    if (text.charCodeAt(at) === BACKSLASH) {
      parts.push(text.slice(start, at));
      start = at + 1;
      at++;
    }
    at++;
  }
  parts.push(text.slice(start, at));
  return at;
}

/** Reads up to the closing quote and gives the position after it; -1 where there is none. */
function readQuoted(text: string, from: number, parts: string[]): number {
  let start = from;
  let at = from;
  while (at < text.length) {
    if (text.charCodeAt(at) === QUOTE) {
      parts.push(text.slice(start, at));
      return at + 1;
    }
    if (text.charCodeAt(at) === BACKSLASH) {
      parts.push(text.slice(start, at));
      start = at + 1;
      at++;
    }
    at++;
  }
  return -1;
}
