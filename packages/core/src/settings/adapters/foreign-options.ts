import { AzurePgError } from '../../errors/azure-pg-error.ts';
import { connectionOptionNames } from '../gather/option-names.ts';
import { hintForUnknown } from '../parse/unknown-setting.ts';

/** Words of other drivers for what the options on the right say here. One is a mistake where none of those is given: it would connect elsewhere. */
const synonyms: Readonly<Record<string, readonly string[]>> = {
  hostname: ['host', 'hostaddr'],
  server: ['host', 'hostaddr'],
  url: ['host', 'hostaddr'],
  uri: ['host', 'hostaddr'],
  connectionstring: ['host', 'hostaddr'],
  conninfo: ['host', 'hostaddr'],
  dsn: ['host', 'hostaddr'],
  username: ['user'],
  pass: ['password'],
  pwd: ['password'],
};

/** What a name is about when one of its words is among these: how the server is verified, and who signs in how. */
const securityWords: ReadonlySet<string> = new Set(
  (
    'ssl tls ca cacert cert certs certificate certificates pfx crl cipher ciphers verify verified verification secure insecure encrypt ' +
    'encrypted encryption trust trusted unauthorized auth authentication authenticator gss gssapi kerberos krb5 sasl scram sspi passphrase ' +
    'servername'
  ).split(' '),
);
const securityNames: ReadonlySet<string> = new Set(['checkserveridentity', 'minversion', 'maxversion']);
/** Where the words are not kept apart ("rejectunauthorized"), and the names of libpq's variables. */
const securityPieces =
  /unauthori[sz]ed|untrusted|insecure|certificate|verif(?:y|ie[dr]|ication)|selfsigned|hostnamecheck|checkhostname|^pg[a-z]*ssl/;

/** Words of libraries that only look like a slip: Knex's and Directus' client, TypeORM's type. */
const libraryWords: ReadonlySet<string> = new Set(['client', 'type']);

/**
 * Refuses what is wrong to pass by: a slip of the keyboard, an option of another driver that says where to connect or as whom, one by which somebody believes to be
 * secure, and what is no name at all.
 *
 * @param names those that neither the driver nor we know.
 * @param given whether an option is given.
 * @throws AzurePgError `INVALID_SETTING`
 */
export function refuseForeign(
  names: readonly string[],
  driverOptions: ReadonlySet<string>,
  given: (name: string) => boolean,
): void {
  const known = [...driverOptions, ...connectionOptionNames];
  for (const name of names) {
    const near = libraryWords.has(name) ? undefined : nearlyKnown(name, known);
    if (near !== undefined) throw unknown(name, `Did you mean "${near}"?`);
    const lower = name.toLowerCase();
    const meant = Object.hasOwn(synonyms, lower) ? synonyms[lower] : undefined;
    if (meant !== undefined && !['connectionString', ...meant].some(given)) {
      throw unknown(name, hintForUnknown(name, known));
    }
    if (isAboutSecurity(name)) {
      throw unknown(
        name,
        `It would have no effect. ${hintForUnknown(name, known) ?? 'See sslmode and auth.'}`,
      );
    }
    // A text or a list that was spread into the options.
    if (/^\d*$/.test(name)) throw unknown(name, undefined);
  }
}

function isAboutSecurity(name: string): boolean {
  const lower = name.toLowerCase();
  if (/^(?:use_?|enable_?|require_?)?(?:ssl|tls)/.test(lower) || /(?:ssl|tls)$/.test(lower)) return true;
  const joined = lower.replace(/[^a-z\d]/g, '');
  if (securityNames.has(joined) || securityPieces.test(joined)) return true;
  const words = name.replace(/([a-z\d])([A-Z])/g, '$1 $2').replace(/([A-Z]+)([A-Z][a-z])/g, '$1 $2');
  return words
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .some((word) => securityWords.has(word));
}

/** The known name of which this is a slip of the keyboard: other spelling, or one letter wrong, missing, too many or out of turn; two in a long name. */
function nearlyKnown(name: string, known: readonly string[]): string | undefined {
  const word = plain(name);
  const slips = word.length < 4 ? 0 : word.length < 10 ? 1 : 2;
  return known.find((each) => {
    const meant = plain(each);
    if (word === meant || single(word) === single(meant)) return true;
    if (Math.abs(word.length - meant.length) > slips || meant.length < 4) return false;
    return slipsBetween(word, meant) <= slips;
  });
}

const plain = (name: string): string => name.toLowerCase().replace(/[_-]/g, '');

/** Without letters that were struck twice. */
const single = (word: string): string => word.replace(/(.)\1+/g, '$1');

/** Damerau's distance: letters that changed places are one slip. */
function slipsBetween(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)];
  const at = (i: number, j: number): number => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const turned = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : replaced;
      row.push(Math.min(replaced, turned, at(i - 1, j) + 1, (row[j - 1] ?? 0) + 1));
    }
  }
  return at(a.length, b.length);
}

function unknown(name: string, hint: string | undefined): AzurePgError {
  // A long or strange name may be anything, even a string that was spread into an object.
  const shown = /^[\w$.-]{1,60}$/.test(name);
  return new AzurePgError('INVALID_SETTING', shown ? `Unknown option "${name}"` : 'Unknown option', {
    hint: shown ? hint : undefined,
    setting: shown ? name : undefined,
    source: 'options',
  });
}
