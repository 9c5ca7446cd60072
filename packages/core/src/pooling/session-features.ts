/**
 * What belongs to a session, and so gets lost, or lands with somebody else, when a pooler hands every transaction to another server
 * connection. https://www.pgbouncer.org/features.html#sql-feature-map-for-pooling-modes
 */
export type SessionFeature =
  | 'LISTEN'
  | 'SET'
  | 'PREPARE'
  | 'WITH HOLD'
  | 'CREATE TEMP'
  | 'LOAD'
  | 'pg_advisory_lock'
  /** And lastval. */
  | 'currval'
  /** BEGIN: harmless in transaction mode, impossible in statement mode. */
  | 'BEGIN';

const none: readonly SessionFeature[] = Object.freeze([]);
const begin: readonly SessionFeature[] = Object.freeze(['BEGIN']);

// What was found in texts that had to be read whole; programs repeat their statements.
const known = new Map<string, readonly SessionFeature[]>();
const mostKnown = 500;

/**
 * The session features that an SQL text uses, in order, each once. CREATE TEMP, which is whatever makes or uses something temporary, and currval
 * count only where the text itself does not begin a transaction before them. Made for calling with every query: nearly all texts are let
 * go after a look at their first letters and a search for a few names. It reads words, not meanings: what a function's body or a DO block does stays unseen.
 */
export function sessionFeatures(text: string): readonly SessionFeature[] {
  switch (firstGlance(text)) {
    case 'none':
      return none;
    case 'begin':
      return begin;
    default: {
      const before = known.get(text);
      if (before !== undefined) return before;
      const found = readStatements(text);
      if (known.size >= mostKnown) known.clear();
      known.set(text, found);
      return found;
    }
  }
}

function firstGlance(text: string): 'none' | 'begin' | 'read' {
  let start = 0;
  while (text.charCodeAt(start) <= 32) start++;
  const semicolon = text.indexOf(';', start);
  if (semicolon !== -1 && text.slice(semicolon + 1).trim() !== '') return 'read';
  const third = text.charCodeAt(start + 2) | 32;
  let names = sessionNames;
  switch (text.charCodeAt(start) | 32) {
    case 115: // s: SET and START, not SELECT, SAVEPOINT or SHOW
      if (third === 116 || third === 97) return 'read';
      names = sessionNamesOrInto;
      break;
    case 119: // w: WITH, which may have a SELECT … INTO
      names = sessionNamesOrInto;
      break;
    case 108: // l: LISTEN, LOAD
    case 112: // p: PREPARE
      return 'read';
    case 100: // d: DECLARE, not DELETE or DO
      if (third === 99) return 'read';
      break;
    case 99: // c: CREATE, not COMMIT, COPY, CALL or CLOSE
      if ((text.charCodeAt(start + 1) | 32) === 114) return 'read';
      break;
    case 98: // b: BEGIN
      return 'begin';
    case 45: // a comment: "-- …" (with | 32 as without)
    case 47: // a comment
    case 40: // a parenthesis
      return 'read';
  }
  return names.test(text) ? 'read' : 'none';
}

const sessionNames = /advisory_lock|set_config|(?:last|curr)val|pg_temp/i;
const sessionNamesOrInto = /advisory_lock|set_config|(?:last|curr)val|pg_temp|\binto\b/i;

// Comments (which nest) are cut out, and constants and quoted names emptied, so that their words count for nothing.
const ignored =
  /--[^\n]*|\/\*|(?:\b[eE]'(?:[^'\\]|\\[\s\S]|'')*(?:'|$))|'(?:[^']|'')*(?:'|$)|"(?:[^"]|"")*(?:"|$)|(\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)/g;

function plainText(text: string): string {
  let plain = '';
  let position = 0;
  ignored.lastIndex = 0;
  for (let found = ignored.exec(text); found !== null; found = ignored.exec(text)) {
    plain += text.slice(position, found.index);
    const token = found[0];
    let end = ignored.lastIndex;
    if (token === '/*') {
      end = commentEnd(text, end);
      plain += ' ';
    } else if (token.startsWith('--')) {
      plain += ' ';
    } else {
      if (found[1] !== undefined) {
        const close = text.indexOf(token, end);
        end = close === -1 ? text.length : close + token.length;
      }
      if (token === '"pg_temp"') plain += 'pg_temp';
      else plain += token.startsWith('"') ? '""' : "''";
    }
    position = end;
    ignored.lastIndex = end;
  }
  return plain + text.slice(position);
}

function commentEnd(text: string, start: number): number {
  let depth = 1;
  for (let index = start; index < text.length; index++) {
    if (text.startsWith('/*', index)) depth++;
    else if (text.startsWith('*/', index)) depth--;
    else continue;
    index++;
    if (depth === 0) return index + 1;
  }
  return text.length;
}

/**
 * SET of these is safe: the server reports them to the pooler, which gives them back to the client on its next server connection.
 * https://www.pgbouncer.org/config.html#track_extra_parameters
 */
const tracked =
  /^SET\s+(?:SESSION\s+)?(?:CLIENT_ENCODING|DATESTYLE|TIMEZONE|TIME\s+ZONE|STANDARD_CONFORMING_STRINGS|APPLICATION_NAME|NAMES)\b/i;

const statementRules: readonly (readonly [SessionFeature, RegExp])[] = [
  ['BEGIN', /^(?:BEGIN|START\s+TRANSACTION)\b/i],
  ['LISTEN', /^LISTEN\b/i],
  ['SET', /^SET\s+(?!\s|LOCAL\b|TRANSACTION\b|CONSTRAINTS\b)/i],
  ['SET', /\bSET_CONFIG\s*\((?:[^()]|\((?:[^()]|\([^()]*\))*\))*,\s*(?:IS_LOCAL\s*(?:=>|:=)\s*)?FALSE\s*\)/i],
  ['PREPARE', /^PREPARE\s+(?!\s|TRANSACTION\b)/i],
  ['WITH HOLD', /^DECLARE\b[\s\S]*\bWITH\s+HOLD\b/i],
  ['CREATE TEMP', /^CREATE\s+(?:OR\s+REPLACE\s+)?(?:(?:LOCAL|GLOBAL)\s+)?TEMP(?:ORARY)?\b/i],
  ['CREATE TEMP', /\bPG_TEMP\s*\./i],
  // Not the INTO of an INSERT into a table of that name.
  [
    'CREATE TEMP',
    /\bINTO\s+(?:(?:LOCAL|GLOBAL)\s+)?TEMP(?:ORARY)?\s+(?!(?:AS|DEFAULT|FROM|OVERRIDING|SELECT|USING|VALUES|WHERE|WITH)\b)[\w"]/i,
  ],
  ['LOAD', /^LOAD\b/i],
  ['pg_advisory_lock', /\bPG_(?:TRY_)?ADVISORY_LOCK(?:_SHARED)?\s*\(/i],
  ['currval', /\b(?:LASTVAL|CURRVAL)\s*\(/i],
];

function readStatements(text: string): readonly SessionFeature[] {
  const found = new Set<SessionFeature>();
  for (const [index, statement] of plainText(text).split(';').entries()) {
    const plain = statement.trim();
    for (const [feature, rule] of statementRules) {
      if (!rule.test(plain)) continue;
      if (feature === 'SET' && tracked.test(plain)) continue;
      if ((feature === 'CREATE TEMP' || feature === 'currval') && found.has('BEGIN')) continue;
      // A statement before it, or its own, may have made the value, on the same server connection.
      if (feature === 'currval' && (index > 0 || /\bNEXTVAL\s*\(/i.test(plain))) continue;
      found.add(feature);
    }
  }
  return found.size === 0 ? none : Object.freeze([...found]);
}
