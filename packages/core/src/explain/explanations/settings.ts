import { pages } from '../pages.ts';
import { type ExplanationRow, type Situation, sentence, serverPort } from './explanation-row.ts';

const own = ({ ownMessage }: Situation): string =>
  ownMessage === undefined ? '' : `${sentence(ownMessage)} `;
const hint = ({ ownHint }: Situation): string => ownHint ?? '';

/** What is wrong before anything is sent: settings, files, packages. */
export const settingsRows: readonly ExplanationRow[] = [
  {
    code: 'key-vault-reference-unresolved',
    when: [{ code: ['INVALID_SETTING'], message: /Key Vault reference/i }],
    title: 'A Key Vault reference was not resolved',
    why: (s) =>
      `${own(s)}App Service and Functions replace @Microsoft.KeyVault(…) in app settings; when they cannot read the secret, the program gets the reference itself.`,
    fix: [
      'Give the app’s managed identity the role "Key Vault Secrets User" on the vault.',
      'Check the reference’s state in the portal, under Environment variables, and the vault’s firewall.',
    ],
    docs: pages.keyVaultReference,
  },
  {
    code: 'setting-unknown',
    when: [
      { code: ['INVALID_SETTING', 'INVALID_CONNECTION_STRING'], message: /^Unknown (?:setting|option)\b/ },
    ],
    title: 'There is no such setting',
    why: (s) =>
      `${own(s)}A name that is neither libpq’s nor this library’s is an error, because a slip in one would weaken what it was to secure.`,
    fix: [
      hint,
      'docs/connection-strings.md lists every setting; what only an ORM knows belongs into its own options.',
    ],
    docs: `${pages.libpq}#LIBPQ-PARAMKEYWORDS`,
  },
  {
    code: 'connection-string-invalid',
    when: [{ code: ['INVALID_CONNECTION_STRING', 'ERR_INVALID_URL'] }],
    title: 'The connection string cannot be read',
    why: (s) =>
      `${own(s)}It must be a URI (postgresql://user@host:5432/database?sslmode=verify-full) or keyword/value pairs (host=… dbname=…).`,
    fix: [
      hint,
      'Percent-encode special characters in user, password and database: @ is %40, # is %23, / is %2F, % is %25.',
      'Print the length of the variable it comes from: it may be empty or truncated by the shell.',
    ],
    docs: `${pages.libpq}#LIBPQ-CONNSTRING`,
  },
  {
    code: 'certificate-file',
    when: [{ code: ['CERTIFICATE_FILE'] }],
    title: 'A certificate or key file cannot be used',
    why: (s) =>
      `${own(s)}What sslrootcert, sslcert, sslkey or sslcrl names is missing, empty, unreadable or not PEM, or it is a key that others may read.`,
    fix: [hint, 'For Azure’s servers leave sslrootcert out: the roots they need are built in.'],
    docs: `${pages.libpqSsl}#LIBQ-SSL-CERTIFICATES`,
  },
  {
    code: 'insecure-connection',
    when: [{ code: ['INSECURE_CONNECTION'] }],
    title: 'The settings would send a token or password in the clear',
    why: (s) =>
      `${own(s)}Anyone who reads an Entra token can sign in with it, so it is sent over TLS or not at all.`,
    fix: [hint, 'Take sslmode out of the connection string, or write sslmode=verify-full.'],
    docs: `${pages.libpqSsl}#LIBPQ-SSL-PROTECTION`,
  },
  {
    code: 'host-not-allowed',
    when: [{ code: ['HOST_NOT_ALLOWED'] }],
    title: 'An Entra token may not go to this host',
    why: (s) =>
      `${own(s)}Tokens go to hosts under Azure’s own names, to this machine, and to hosts that were allowed: anyone who gets a token can sign in with it.`,
    fix: [
      hint,
      'Use the server’s own name, NAME.postgres.database.azure.com, with ssl_server_name or private DNS where it is reached by another name.',
      'If the host is yours, allow it: allowed_hosts=HOST.',
    ],
    docs: pages.entra,
  },
  {
    code: 'role-unknown',
    when: [{ code: ['ROLE_UNKNOWN'] }],
    title: 'No PostgreSQL role was named',
    why: (s) =>
      `${own(s)}A token names its role only for users and user-assigned managed identities; for groups, service principals and system-assigned identities it must be named.`,
    fix: [
      ({ ownHint }) =>
        ownHint ??
        'Put the role’s name into the URL (postgresql://ROLE@HOST/…) or into PGUSER; it is case-sensitive.',
    ],
    docs: pages.entraRoles,
  },
  {
    code: 'password-missing',
    when: [
      { code: ['PASSWORD_MISSING'] },
      { message: /^SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a (?:non-empty )?string$/ },
      { sqlState: ['28P01', '08P01'], message: /^empty password returned by client$/ },
    ],
    title: 'The server wants a password, and none was given',
    why: (s) =>
      `${own(s)}The connection signs in with a password, and neither the settings nor the password file has one.`,
    fix: [
      hint,
      'To sign in with Entra, write auth=entra (the default for Azure’s hosts).',
      'Otherwise put the password into PGPASSWORD.',
    ],
    docs: `${pages.libpq}#LIBPQ-CONNECT-PASSWORD`,
  },
  {
    code: 'pooler-refuses-startup-parameter',
    when: [
      { code: ['POOLER_UNSUPPORTED'], message: /startup parameter (?<parameter>[\w.]+)?/ },
      {
        sqlState: ['08P01'],
        message: /^unsupported startup parameter(?: in options)?: (?<parameter>\S+)/,
      },
    ],
    title: ({ said }) =>
      said.parameter === undefined
        ? 'PgBouncer refuses a startup parameter'
        : `PgBouncer refuses the startup parameter ${said.parameter}`,
    why: 'A pooled server connection is shared by many clients, so PgBouncer takes only a few startup parameters and refuses the others.',
    fix: [
      ({ said }) =>
        `Take it out of the settings and write it for the role: ALTER ROLE … SET ${said.parameter ?? 'NAME'} = …, or SET LOCAL in the transaction that needs it.`,
      (s) => `Or connect past the pooler, on ${serverPort(s)}.`,
      'pgbouncer.ignore_startup_parameters makes the pooler drop the parameter; it is not applied then.',
    ],
    docs: pages.pgbouncer,
  },
  {
    code: 'pooler-unsupported',
    when: [{ code: ['POOLER_UNSUPPORTED'] }],
    title: 'The pooler’s mode cannot do this',
    why: (s) =>
      `${own(s)}In transaction mode a session’s state (SET, LISTEN, temporary tables, advisory locks, named statements) does not outlive a transaction.`,
    fix: [hint, (s) => `Connect past the pooler, on ${serverPort(s)}, for what needs a session.`],
    docs: pages.pgbouncer,
  },
  {
    code: 'missing-dependency',
    when: [{ code: ['MISSING_DEPENDENCY'] }, { message: /^Dynamic require of ".*" is not supported$/ }],
    title: 'A package is not installed, or cannot run in this bundle',
    why: (s) =>
      `${own(s)}Azure’s libraries are optional, and loaded on demand. CommonJS, as in them and in pg, cannot run in a bundle of ES modules.`,
    fix: [
      hint,
      (s) => (s.ownHint === undefined ? 'npm install @azure/identity' : ''),
      'Bundle as CommonJS (esbuild: --format=cjs), or leave pg and @azure/* out of the bundle.',
    ],
    docs: 'https://www.npmjs.com/package/@azure/identity',
  },
  {
    code: 'setting-invalid',
    when: [{ code: ['INVALID_SETTING'] }],
    title: 'A setting has an invalid value',
    why: (s) => own(s) || 'The setting is unknown, has an invalid value, or contradicts another one.',
    fix: [hint, 'The message names the setting and where its value came from.'],
    docs: `${pages.libpq}#LIBPQ-PARAMKEYWORDS`,
  },
];
