import { connectionOptionNames } from '../gather/option-names.ts';
import { unknownOption } from '../gather/unknown-option.ts';
import { slipOf } from '../parse/nearest-name.ts';
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
    const near = libraryWords.has(name) ? undefined : slipOf(name, known);
    if (near !== undefined) throw unknownOption(name, `Did you mean "${near}"?`);
    const lower = name.toLowerCase();
    const meant = Object.hasOwn(synonyms, lower) ? synonyms[lower] : undefined;
    if (meant !== undefined && !['connectionString', ...meant].some(given)) {
      throw unknownOption(name, hintForUnknown(name, known));
    }
    if (isAboutSecurity(name)) {
      throw unknownOption(
        name,
        `It would have no effect. ${hintForUnknown(name, known) ?? 'See sslmode and auth.'}`,
      );
    }
    // A text or a list that was spread into the options.
    if (/^\d*$/.test(name)) throw unknownOption(name, undefined);
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
