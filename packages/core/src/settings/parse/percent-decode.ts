import { syntaxError, type TextOrigin } from './syntax-error.ts';

/**
 * libpq's conninfo_uri_decode: `%xy` becomes that byte, spaces at both ends are dropped, a space between is refused, and so is
 * %00. Bytes that are not UTF-8 are refused as well: JavaScript's strings cannot hold them.
 */
export function percentDecode(text: string, origin: TextOrigin): string {
  let value = text;
  if (value.includes(' ')) {
    value = trimSpaces(value);
    if (value.includes(' ')) {
      throw syntaxError(origin, 'a part of the URI contains a space', 'Write a space as %20.');
    }
  }
  return value.includes('%') ? decode(value, origin) : value;
}

function decode(value: string, origin: TextOrigin): string {
  let decoded: string;
  try {
    decoded = decodeURIComponent(value);
  } catch {
    throw syntaxError(
      origin,
      'a "%" is not followed by two hexadecimal digits, or the encoded bytes are not UTF-8',
      'Write a literal "%" as %25.',
    );
  }
  if (decoded.includes('\0')) throw syntaxError(origin, '%00 is forbidden');
  return decoded;
}

// Not trim(): libpq drops the space character alone.
function trimSpaces(text: string): string {
  let start = 0;
  let end = text.length;
  while (text[start] === ' ') start++;
  while (end > start && text[end - 1] === ' ') end--;
  return text.slice(start, end);
}
