import { syntaxError, type TextOrigin } from '../parse/syntax-error.ts';
import { uriPrefixLength } from '../parse/uri.ts';
import { invalidSetting } from './invalid-setting.ts';
import type { Layers } from './layers.ts';

/**
 * In "postgres://ada:1/secret@db/app" libpq takes "ada" for the host, 1 for its port and the rest for the database; in
 * "postgres://ada:a@b/c@db/app" "b" is the host. A slash in the password that was not encoded is far likelier than such a database, whose name
 * would be shown everywhere.
 */
export function refuseMislaidPassword(text: string, origin: TextOrigin): void {
  const start = uriPrefixLength(text);
  const slash = text.indexOf('/', start);
  if (start === 0 || slash < 0) return;
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

/**
 * "postgres:///app" leaves the host to the environment and the default, as in libpq. "postgres://ada:secret@/app" does too, in
 * libpq; here it is refused, because a variable in it was not set and the password would go to whatever the default is.
 */
export function refuseHalfEmptyAuthority(
  text: string,
  origin: TextOrigin,
  layers: Layers,
  env: NodeJS.ProcessEnv,
): void {
  const start = uriPrefixLength(text);
  if (start === 0 || layers.has('host') || layers.has('hostaddr') || env.PGHOST || env.PGHOSTADDR) return;
  if (start < text.length && !'/?'.includes(text[start] as string)) {
    throw invalidSetting(
      'host',
      { from: origin },
      'it is empty',
      'Name a host in the URI; a variable in it may not be set.',
    );
  }
}
