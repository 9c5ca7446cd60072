import { syntaxError, type TextOrigin } from './syntax-error.ts';
import { uriPrefixLength } from './uri.ts';

/** How a text begins that is no connection string, though one is in it. */
const beginnings: readonly (readonly [begins: RegExp, problem: string, hint: string])[] = [
  [
    /^\s*["'`‘“]/,
    'it is in quotes',
    'Take them away: where no shell reads a value (docker --env-file, a portal, a secret), quotes belong to it.',
  ],
  [
    /^\s*(?:export\s+|set\s+|\$env:)?(?!dbname\b)[a-z_][\w.]*\s*[=:]\s*["']?(?:jdbc:)?postgres(?:ql)?:\/\//i,
    'it begins with the name of a variable',
    'Leave out the name and what is between it and "postgresql://".',
  ],
  [/^\s*psql\s/, 'it is a command for psql', 'Write the URL in it alone, without psql and quotes.'],
  [
    /^\s*(?!postgres(?:ql)?:\/\/)[a-z][\w+.-]*:\/\//i,
    'its scheme is not that of PostgreSQL',
    'Begin it with postgresql://.',
  ],
];

/**
 * Refuses what libpq's grammar reads as something else than is meant, and would only fail later with a word that does not help.
 *
 * @throws AzurePgError `INVALID_CONNECTION_STRING`
 */
export function refuseUnlikely(text: string, origin: TextOrigin): void {
  const start = uriPrefixLength(text);
  if (start > 0) {
    refuseSecondAt(text, start, origin);
    refuseMislaidPassword(text, start, origin);
    return;
  }
  const found = beginnings.find(([begins]) => begins.test(text));
  if (found !== undefined) throw syntaxError(origin, found[1], found[2]);
}

/**
 * "ada@server:secret@host", as Single Server wanted it, and "ada:secret@@host": libpq takes what follows the first "@" for the host, and the
 * password for its port.
 */
function refuseSecondAt(text: string, start: number, origin: TextOrigin): void {
  const [authority = ''] = text.slice(start).split(/[/?]/, 1);
  const first = authority.indexOf('@');
  const last = authority.lastIndexOf('@');
  if (first === last) return;
  const colon = authority.indexOf(':');
  // Nothing before it but a role: libpq's way to write an abstract Unix socket, "@name".
  if (last === first + 1 && colon < 0) return;
  if (colon > first && colon < last) {
    throw syntaxError(
      origin,
      'there is a "@" in the name of the role',
      'A flexible server wants the plain role name, without "@SERVER". Where the name has a "@", write it as %40.',
    );
  }
  throw syntaxError(
    origin,
    'there are two "@" before the host',
    'Write "@" within the user name or the password as %40.',
  );
}

/**
 * In "postgres://ada:1/secret@db/app" libpq takes "ada" for the host, 1 for its port and the rest for the database; in
 * "postgres://ada:a@b/c@db/app" "b" is the host. A slash in the password that was not encoded is far likelier than such a database, whose name
 * would be shown everywhere.
 */
function refuseMislaidPassword(text: string, start: number, origin: TextOrigin): void {
  const slash = text.indexOf('/', start);
  if (slash < 0) return;
  const question = text.indexOf('?', slash);
  const path = text.slice(slash, question < 0 ? text.length : question);
  // Without a role or password before it, it can be no piece of one.
  if (!path.includes('@') || !/[:@]/.test(text.slice(start, slash))) return;
  throw syntaxError(
    origin,
    'there is a "@" in the name of the database',
    'Write "/" within a password as %2F, and "@" within the name of a database as %40.',
  );
}
