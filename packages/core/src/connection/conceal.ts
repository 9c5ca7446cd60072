import { webTokens } from '../notices/showable.ts';
import type { AzureConnection } from './connection.ts';

/** Gives a text back without the secrets that it was made for. */
export type Conceal = (text: string) => string;

/** From this many characters on, a piece of a secret is hidden wherever it stands. */
const piece = 8;
const hidden = '***';

/**
 * Hides secrets in what somebody says who was told them: a server that quotes what it was sent, or that wants it logged. Hidden are
 *
 * - any eight characters in a row of a secret, whatever their case, with blanks, quotes or other signs between them, and in base64 (of any
 *   alignment), hexadecimal or percent-encoding;
 * - a secret that is shorter, where it stands as a word of its own, so that a password "an" does not make holes in "transaction";
 * - whatever looks like a JSON Web Token.
 *
 * Not hidden are the names that are known anyway, and the words of PostgreSQL, PgBouncer and Azure by which a refusal is recognized: they are no
 * echo, and with a password like "password" nobody could tell any more what failed.
 *
 * This is for what is said while a connection is opened, and to the core's own questions. Errors of a driver's queries after the hand-over are
 * the server's answers to the program, which pass as they are.
 *
 * @param secrets what the server was told.
 * @param user who signed in.
 */
export function concealing(
  secrets: readonly (string | undefined)[],
  { hosts, database }: Pick<AzureConnection, 'hosts' | 'database'>,
  user: string,
): Conceal {
  let kept: RegExp | undefined;
  let traces: Traces | undefined;
  return (text) => {
    if (text === '') return text;
    kept ??= keptWords([user, database, ...hosts.map(({ host }) => host)].filter(isGiven));
    traces ??= tracesOf(secrets.filter(isGiven));
    const marks = new Uint8Array(text.length);
    markSecrets(text, marks, traces);
    for (const { index, 0: match } of text.matchAll(kept)) {
      const end = index + match.length;
      // A secret that only begins or ends with it is hidden whole.
      if (!marks[index - 1] && !marks[end]) marks.fill(0, index, end);
    }
    return withoutMarked(text, marks).replace(webTokens, hidden);
  };
}

/**
 * What servers and poolers say when they refuse a connection, as far as anything here depends on it or everyone knows it. Fixed words alone: what a
 * pattern leaves open could be the secret.
 */
const ownWords: readonly string[] = [
  '(?:(?:password|SASL|GSSAPI|LDAP|PAM|certificate|md5|SCRAM) )?authentication failed(?: for user)?',
  '(?:role|user|database|host|table|parameter|schema)(?= ?:? ?")',
  '(?:does not exist|is not permitted to log in|permission denied for (?:database|table|schema|function))',
  '(?:no )?pg_hba\\.conf (?:entry|rejects)(?: (?:replication )?connection)?(?: for host)?|no encryption|SSL (?:off|on|encryption|required)',
  '(?:the |an? )?(?:provided )?access token(?: has expired| has invalid format)?|validating the access token',
  'audience claim|AAD_AUTH_TOKENTYPE_APP_(?:USER|OBO)|user token for role|is neither an|Service Principals cannot generate|tokens for role',
  'no such (?:user|database)|no authentication entry|(?:empty )?password returned by client',
  'too many (?:clients|connections)(?: already)?|no more connections allowed|remaining connection slots are reserved',
  'the database system is (?:starting up|shutting down|in recovery mode|not yet accepting connections)',
  'terminating connection|canceling (?:authentication|statement)|due to (?:administrator command|(?:(?:statement|transaction) )?timeout)',
  '(?:unsupported|unrecognized) (?:startup|configuration) parameter(?: in options)?|client sent partial pkt in startup phase|statement pooling mode|prepared statement',
  '(?:query_wait|client_login|client_idle|server_login)_timeout|(?:idle )?transaction timeout|query timeout|max_client_conn|server login (?:failed|has been failing)|server_login_retry|cached error: connect failed',
  'cannot read pg_class without having selected a database|cached plan must not change result type',
];

function keptWords(names: readonly string[]): RegExp {
  const whole = names.map((name) => `(?<![\\p{L}\\p{N}_])${escaped(name)}(?![\\p{L}\\p{N}_])`);
  return new RegExp([...whole, ...ownWords].join('|'), 'giu');
}

const isGiven = (text: string | undefined): text is string => text !== undefined && text !== '';
const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** Characters that others may stand between, by which reading of the text. */
const skipped = {
  none: undefined,
  blanks: /[\s\p{Cc}\p{Cf}"'`´‘’“”\\]/u,
  signs: /[^\p{L}\p{N}]/u,
} as const;
type Reading = keyof typeof skipped;
const readings = Object.keys(skipped) as Reading[];

/** What to look for: all pieces of the secrets in each reading, and words. */
interface Traces {
  readonly pieces: Readonly<Record<Reading, ReadonlySet<string>>>;
  readonly words: Readonly<Record<Reading, ReadonlySet<string>>>;
}

/** From this many characters on, a short rest of a long secret is looked for. */
const shortest = 4;

function tracesOf(secrets: readonly string[]): Traces {
  const sets = (): Record<Reading, Set<string>> => ({ none: new Set(), blanks: new Set(), signs: new Set() });
  const traces = { pieces: sets(), words: sets() };
  const add = (form: string, reading: Reading, long: boolean): void => {
    const { letters } = read(form, reading);
    for (let at = 0; at + piece <= letters.length; at++)
      traces.pieces[reading].add(letters.slice(at, at + piece));
    if (letters.length < piece && letters.length >= (long ? shortest : 1)) traces.words[reading].add(letters);
  };
  for (const secret of new Set(secrets)) {
    const long = secret.length >= piece;
    // Of some letters upper case is longer ("ß"), or has another lower case ("ς").
    const cases = [secret, secret.toLowerCase(), secret.toUpperCase()].map(
      (form) => read(form, 'none').letters,
    );
    for (const form of new Set(cases)) {
      for (const reading of readings) if (long || reading === 'none') add(form, reading, long);
    }
    for (const form of encodings(secret)) add(form, long ? 'signs' : 'none', long);
  }
  return traces;
}

function encodings(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].map((before) =>
    Buffer.concat([Buffer.alloc(before), bytes])
      .toString('base64url')
      .slice(Math.ceil((before * 8) / 6)),
  );
  // Only what begins with it has a short secret as a word.
  const aligned = secret.length >= piece ? base64 : [...base64.slice(0, 1), bytes.toString('base64')];
  const hex = bytes.toString('hex');
  const percent = [encodeURIComponent(bytes.toString()), hex.replace(/../g, '%$&')];
  return [...percent.filter((form) => form !== secret), hex, ...aligned];
}

/** A text's characters without the skipped ones, in lower case where that is as long, and where each stands. */
function read(text: string, reading: Reading): { letters: string; places: number[] } {
  const skip = skipped[reading];
  const places: number[] = [];
  let letters = '';
  let at = 0;
  for (const character of text) {
    if (!skip?.test(character)) {
      const lower = character.toLowerCase();
      letters += lower.length === character.length ? lower : character;
      for (let unit = 0; unit < character.length; unit++) places.push(at + unit);
    }
    at += character.length;
  }
  return { letters, places };
}

/** Marks what belongs to a secret. */
function markSecrets(text: string, marks: Uint8Array, { pieces, words }: Traces): void {
  for (const reading of readings) {
    const { letters, places } = read(text, reading);
    const placeOf = (at: number): number => places[at] as number;
    const known = pieces[reading];
    for (let at = 0; known.size > 0 && at + piece <= letters.length; at++) {
      if (known.has(letters.slice(at, at + piece))) marks.fill(1, placeOf(at), placeOf(at + piece - 1) + 1);
    }
    for (const word of words[reading]) {
      for (let at = letters.indexOf(word); at >= 0; at = letters.indexOf(word, at + 1)) {
        const [start, end] = [placeOf(at), placeOf(at + word.length - 1) + 1];
        if (isWord(text, start, end)) marks.fill(1, start, end);
      }
    }
  }
}

const wordCharacter = /[\p{L}\p{N}_]/u;

/** Whether no word goes on at either end. */
function isWord(text: string, start: number, end: number): boolean {
  const goesOn = (at: number): boolean =>
    wordCharacter.test(text[at - 1] ?? '') && wordCharacter.test(text[at] ?? '');
  return !goesOn(start) && !goesOn(end);
}

function withoutMarked(text: string, marks: Uint8Array): string {
  let result = '';
  for (let start = 0, end = 0; start < text.length; start = end) {
    const mark = marks[start];
    while (end < text.length && marks[end] === mark) end++;
    result += mark === 0 ? text.slice(start, end) : hidden;
  }
  return result;
}
