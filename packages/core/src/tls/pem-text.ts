const begin = '-----BEGIN ';
const longestLabel = 40;
/** How many characters a line of base64 has: RFC 7468. */
const lineLength = 64;

/**
 * The PEM blocks of a value that holds any, whatever labels they have, each in lines as OpenSSL reads them; undefined for a value that is no
 * PEM (the name of a file). What is around the blocks is left out, as libpq and OpenSSL do: comments, what `openssl x509 -text` and
 * `openssl pkcs12` write, a byte order mark. The ways are undone in which environment variables and secrets carry PEM: `\n` as two
 * characters, blanks for line breaks, and all of it once more in base64.
 *
 * @param isName which of the lines around the blocks stay, because they name files.
 */
export function pemText(value: string, isName?: (line: string) => boolean): string | undefined {
  const found = value.includes(begin) ? value : inBase64(value);
  if (found === undefined) return undefined;
  const text = found.replaceAll(/(?:\\r)?\\n/g, '\n');
  const parts: string[] = [];
  let at = 0;
  while (at < text.length) {
    const start = text.indexOf(begin, at);
    const around = text.slice(at, start < 0 ? text.length : start);
    if (isName !== undefined) parts.push(...around.split(/\r?\n/).filter(isName));
    if (start < 0) break;
    const block = blockAt(text, start);
    // A block without an end is damaged. Whoever reads it says so.
    parts.push(block?.lines ?? text.slice(start));
    at = block?.end ?? text.length;
  }
  return `${parts.join('\n')}\n`;
}

function inBase64(value: string): string | undefined {
  if (value.length < lineLength || !/^[\w+/=\s-]+$/.test(value)) return undefined;
  const text = Buffer.from(value, 'base64').toString('latin1');
  return text.includes(begin) ? text : undefined;
}

function blockAt(text: string, start: number): { lines: string; end: number } | undefined {
  const from = start + begin.length;
  const [label = ''] = text.slice(from, from + longestLabel).split('-----', 1);
  const first = `${begin}${label}-----`;
  const last = `-----END ${label}-----`;
  const until = text.indexOf(last, from);
  if (until < 0) return undefined;
  const end = until + last.length;
  const base64 = text.slice(start + first.length, until).replaceAll(/\s+/g, '');
  // An old encrypted key has headers before its base64.
  const lines = /^[\w+/=]*$/.test(base64)
    ? [first, ...(base64.match(new RegExp(`.{1,${lineLength}}`, 'g')) ?? []), last].join('\n')
    : text.slice(start, end);
  return { lines, end };
}
