import { staticPassword } from '../../connection/connection-secrets.ts';
import { pages } from '../pages.ts';
import {
  type ExplanationRow,
  goesThroughPooler,
  isOnAzure,
  roleName,
  serverPort,
  usesEntra,
} from './explanation-row.ts';
import {
  createCommand,
  createSql,
  isUserAtServer,
  otherRole,
  otherSpelling,
  whatNameIs,
  whoseToken,
} from './role-to-make.ts';

/** SQLSTATEs under which refusals of a token are known to come. Microsoft publishes them for few messages. */
const refusals = ['28P01', '28000', '08P01', 'XX000'];

const plainRoleName = 'Flexible server wants the plain role name, not user@server.';

/** How the server refuses who signs in. The texts about tokens are Azure's. */
export const signInRows: readonly ExplanationRow[] = [
  {
    code: 'token-expired',
    when: [{ sqlState: refusals, message: /access token has expired/i }],
    title: 'The Entra token had expired when it reached the server',
    why: 'A token lives from minutes to a day and is checked only when a connection is opened. This one was kept too long, or this machine’s clock is wrong.',
    fix: [
      'Do not keep tokens in variables, URLs or pool options: open connections through this library, which fetches a new one in time.',
      'Compare date -u with a clock you trust.',
    ],
    docs: pages.entra,
  },
  {
    code: 'token-audience-wrong',
    when: [{ sqlState: refusals, message: /audience claim/i }],
    title: 'The Entra token is for something else',
    why: ({ connection }) =>
      `The server wants a token for the audience of Azure Database for PostgreSQL; this one was asked for with ${connection === undefined ? 'another scope' : `the scope ${connection.entra.scope}`}.`,
    fix: [
      'Leave scope out of the settings: it follows from the host’s name. In the public cloud it is https://ossrdbms-aad.database.windows.net/.default, without another slash.',
      'If you give a credential or tokenProvider of your own, let it ask for that scope.',
    ],
    docs: pages.entra,
  },
  {
    code: 'token-format-invalid',
    when: [{ sqlState: refusals, message: /access token has invalid format/i }],
    title: 'What was sent as the Entra token is not a token',
    why: 'The role signs in with Entra, and the password was not a JSON Web Token: an ordinary password, or a token cut short or quoted on its way through a variable.',
    fix: [
      'Remove the password from URL and environment (PGPASSWORD) and let this library fetch the token; or sign in as a role that has a password.',
    ],
    docs: pages.entra,
  },
  {
    code: 'token-kind-application',
    when: [
      {
        sqlState: refusals,
        message: /user token for role\s?\[(?<user>[^\]]*)\] is neither an AAD_AUTH_TOKENTYPE_APP_USER/i,
      },
    ],
    title: (s) => `An application’s token was sent for ${roleName(s)}, which is a user’s`,
    why: 'The role was created for a person, and the token belongs to a managed identity or service principal.',
    fix: [
      'Sign in as the role of the identity itself: user=NAME_OF_THE_IDENTITY.',
      (s) =>
        `If the role was meant for the identity, an Entra administrator must drop it and create it again, in the database postgres: ${createSql(s)}`,
    ],
    docs: pages.entraRoles,
  },
  {
    code: 'token-kind-user',
    when: [
      {
        sqlState: refusals,
        message:
          /Service Principals cannot generate AAD_AUTH_TOKENTYPE_APP_USER tokens for role\s?\[(?<user>[^\]]*)\]/i,
      },
    ],
    title: (s) => `A user’s token was sent for ${roleName(s)}, which is an application’s`,
    why: 'The role belongs to a managed identity or service principal, and the token to a person (az login, an IDE).',
    fix: [
      'On your own machine sign in as your own role: user=you@example.org.',
      'To act as the application, give the process the application’s credentials (AZURE_CLIENT_ID and its companions).',
    ],
    docs: pages.entraRoles,
  },
  {
    code: 'entra-broken-on-server',
    when: [{ message: /cannot read pg_class without having selected a database/i }],
    title: 'Entra sign-in is broken on this server',
    why: 'The server fails to look up any role. This was seen after an upgrade to PostgreSQL 18, and is a server bug (Azure/azure-postgresql issue 132).',
    fix: [
      'Sign in with a password meanwhile: auth=password, where the server allows it.',
      'Open a support request with Azure, with the server’s name and the time of a failure.',
    ],
    docs: 'https://github.com/Azure/azure-postgresql/issues/132',
  },
  {
    code: 'token-not-valid',
    when: [
      { sqlState: refusals, message: /error occurred while validating the access token/i },
      { sqlState: refusals, message: /access token|AAD_AUTH_TOKENTYPE/i },
    ],
    title: 'The server does not accept the Entra token',
    why: 'The token is genuine, but not for this server’s tenant: it comes from another tenant or cloud, or lacks the multi-factor sign-in that the role demands.',
    fix: [
      'Compare the token’s tenant (azure-pg doctor shows it) with the server’s, in the portal under Authentication; write tenant_id into the URL, which reaches the Azure CLI as well, or az login --tenant TENANT. Only the other credentials read AZURE_TENANT_ID.',
      'For a role created with MFA, sign in again with multi-factor authentication.',
    ],
    docs: pages.entra,
  },
  {
    code: 'token-too-long-for-pooler',
    when: [
      { sqlState: ['08P01'], message: /client sent partial pkt in startup phase/i },
      {
        sqlState: ['08P01'],
        message: /password authentication failed/i,
        given: (c) => usesEntra(c) && goesThroughPooler(c),
      },
    ],
    title: 'The Entra token is too long for PgBouncer',
    why: 'PgBouncer up to 1.25.2 takes passwords of at most 2,047 bytes. The token of a user who is in many groups is longer: every group adds to it.',
    fix: [
      'Sign in as a managed identity or service principal, whose tokens are short.',
      (s) => `Or connect past the pooler, on ${serverPort(s)}.`,
      'An administrator can shorten tokens: only groups assigned to the application, in the app registration’s token configuration.',
    ],
    docs: 'https://github.com/pgbouncer/pgbouncer/issues/874',
  },
  {
    code: 'role-not-mapped',
    when: [
      {
        sqlState: ['28P01', '28000'],
        message: /password authentication failed for user "(?<user>[^"]*)"/,
        given: usesEntra,
      },
      { code: ['P1000'], given: usesEntra },
    ],
    title: (s) =>
      otherSpelling(s) === undefined
        ? `The server does not let this identity in as ${roleName(s)}`
        : `The token stands for the role "${otherSpelling(s)}", and ${roleName(s)} was tried: capital letters count`,
    why: (s) =>
      `${
        isUserAtServer(s.said.user ?? '')
          ? 'Flexible server does not use user@server: it wants the plain role name. Azure says the same when the role does not exist or belongs to another identity.'
          : 'The token was good, but the role does not exist, belongs to another identity, or is not connected to Entra. Names are case-sensitive; a guest’s is the whole name with #EXT#, a group’s member signs in with the group’s name.'
      }${whoseToken(s)}`,
    fix: [
      (s) => {
        const role = otherRole(s);
        return role === undefined ? '' : `Sign in as the role that the token stands for: user=${role}`;
      },
      ({ connection }) =>
        connection === undefined || connection.user === undefined
          ? 'If the role’s name is not the one in the token (a group’s, a display name), give it: user=ROLE.'
          : 'Check the role’s name, letter by letter: SELECT * FROM pgaadauth_list_principals(false); (azure-pg role list shows the same)',
      // Another role that differs in its letters alone would only add to the confusion.
      (s) =>
        otherSpelling(s) === undefined
          ? `If it is missing, an Entra administrator creates it: ${createCommand(s)}`
          : '',
      (s) => (otherSpelling(s) === undefined ? `Or in SQL, in the database postgres: ${createSql(s)}` : ''),
      whatNameIs,
      ({ principal }) =>
        principal === undefined ? 'azure-pg doctor shows which identity’s token was sent.' : '',
    ],
    docs: pages.entraRoles,
  },
  {
    code: 'password-wrong',
    when: [
      { sqlState: ['28P01'], message: /password authentication failed for user "(?<user>[^"]*)"/ },
      { sqlState: ['28P01'] },
      {
        sqlState: ['08P01'],
        message: /^(?:SASL|password) authentication failed/i,
        given: (c) => !usesEntra(c),
      },
      { code: ['P1000'] },
    ],
    title: (s) => `The server refused the password of ${roleName(s)}`,
    why: 'The password is wrong, or the role does not exist: the server reports both in the same words. If the role signs in with Entra, it has no password at all.',
    fix: [
      // Whose name is wrong need not be told how passwords are written.
      (s) => (isUserAtServer(s.said.user ?? '') ? plainRoleName : ''),
      'In a URL percent-encode special characters in the password: @ is %40, # is %23, / is %2F, % is %25. In a shell or .env file put it in single quotes.',
      ({ connection }) =>
        connection !== undefined && /\s$/.test(staticPassword(connection) ?? '')
          ? 'The password ends in white space: files of secrets and echo end in a line break. Cut it off where the program reads it, or write the secret without (printf, kubectl --from-literal).'
          : '',
      (s) => (isUserAtServer(s.said.user ?? '') ? '' : plainRoleName),
      ({ connection }) =>
        connection !== undefined && !isOnAzure(connection)
          ? ''
          : 'To sign in with Entra, leave the password out of URL and environment.',
    ],
    docs: pages.connect,
  },
  {
    code: 'role-missing',
    when: [
      { sqlState: ['28000'], message: /role "(?<user>[^"]*)" (?:does not exist|is not permitted to log in)/ },
      {
        sqlState: ['08P01', '28000', '28P01'],
        message: /^(?:no such user|no authentication entry)(?::? "?(?<user>[^"]*)"?)?$/i,
      },
    ],
    title: (s) => `There is no ${roleName(s).replace(/^the /, '')} that may sign in`,
    why: 'The role does not exist on this server, or was created without LOGIN. Names are case-sensitive.',
    fix: [
      'Look for it: SELECT rolname, rolcanlogin FROM pg_roles;',
      (s) => `For Entra an administrator creates it: ${createCommand(s)}`,
    ],
    docs: pages.entraRoles,
  },
  {
    code: 'plaintext-refused',
    when: [
      { sqlState: ['28000'], message: /no pg_hba\.conf entry .*(?:no encryption|SSL off)/ },
      { sqlState: ['08P01', '28000'], message: /^SSL (?:connection is )?required/i },
    ],
    title: 'The server refuses connections without TLS',
    why: 'The connection was opened in plaintext; Azure’s servers demand TLS (require_secure_transport).',
    fix: [
      'Take sslmode=disable (or ssl: false) out of the settings, or write sslmode=verify-full.',
      'With sslmode=allow or prefer plaintext is tried as well: the error of the TLS attempt before it is the one to look at.',
    ],
    docs: pages.tls,
  },
  {
    code: 'address-not-allowed',
    when: [
      {
        sqlState: ['28000'],
        message:
          /no pg_hba\.conf entry for (?:replication connection from )?host "(?<address>[^"]*)".*(?:SSL encryption|SSL on)/,
      },
      {
        sqlState: ['28000'],
        message: /pg_hba\.conf rejects (?:replication )?connection for host "(?<address>[^"]*)"/,
      },
    ],
    title: ({ said }) => `The server does not let the address ${said.address ?? 'of this machine'} in`,
    why: ({ connection }) =>
      connection !== undefined && !isOnAzure(connection)
        ? 'pg_hba.conf has no line that allows this address, user and database over TLS.'
        : 'The server was reached and TLS is up, but no firewall rule allows this address.',
    fix: [
      ({ connection, said }) =>
        connection !== undefined && !isOnAzure(connection)
          ? 'Add a hostssl line to pg_hba.conf and reload.'
          : `Add a rule (it takes effect within 5 minutes): az postgres flexible-server firewall-rule create --resource-group GROUP --name NAME --rule-name RULE --start-ip-address ${said.address ?? 'IP'}`,
      'From inside Azure allow Azure services, or better use private access.',
    ],
    docs: pages.firewall,
  },
  {
    code: 'database-missing',
    when: [
      { sqlState: ['3D000'], message: /database "(?<database>[^"]*)" does not exist/ },
      { sqlState: ['08P01'], message: /^no such database: "?(?<database>[^"]*)"?$/i },
      { sqlState: ['3D000'] },
      { code: ['P1003'] },
    ],
    title: ({ said, connection }) => {
      const database = said.database ?? connection?.database;
      return `There is no database ${database === undefined ? 'of this name' : `"${database}"`}`;
    },
    why: ({ connection }) =>
      connection !== undefined && connection.database === undefined
        ? 'No database was named, so PostgreSQL used the role’s name.'
        : 'The sign-in worked; the database’s name is wrong, or it was never created. Names are case-sensitive.',
    fix: [
      'Name it in the URL (postgresql://HOST/DATABASE) or in PGDATABASE; every server has one named postgres.',
      'Create it: az postgres flexible-server db create --resource-group GROUP --server-name NAME --database-name DATABASE',
    ],
    docs: pages.connect,
  },
  {
    code: 'database-not-permitted',
    when: [
      { sqlState: ['42501'], message: /permission denied for database "?(?<database>[^"\s]*)"?/ },
      { code: ['P1010'] },
    ],
    title: (s) => `${roleName(s).replace(/^t/, 'T').replace(/^r/, 'R')} may not connect to this database`,
    why: 'The sign-in worked; the role lacks the CONNECT privilege.',
    fix: ['GRANT CONNECT ON DATABASE … TO "ROLE"; as the database’s owner or an administrator.'],
    docs: pages.entraRoles,
  },
  {
    code: 'auth-method-not-allowed',
    when: [{ code: ['AUTH_METHOD_NOT_ALLOWED'] }],
    title: 'The server asks for a sign-in method that the settings forbid',
    why: ({ ownMessage }) =>
      `${ownMessage === undefined ? '' : `${ownMessage}. `}require_auth and channel_binding protect against servers that ask for a weaker proof. An Entra token is sent as a password: that needs require_auth to allow "password".`,
    fix: [
      ({ ownHint }) => ownHint ?? '',
      'Take require_auth or channel_binding out of the settings, if this is the server you mean.',
    ],
    docs: `${pages.libpq}#LIBPQ-CONNECT-REQUIRE-AUTH`,
  },
  {
    code: 'sign-in-too-slow',
    when: [
      {
        sqlState: ['57014', '08P01', '08006'],
        message: /canceling authentication due to timeout|client_login_timeout/,
      },
    ],
    title: 'The sign-in took longer than the server waits',
    why: 'Azure’s servers end a sign-in after 30 seconds: the token came too late, or the program was too busy to answer.',
    fix: [
      'Fetch the token before connecting (this library does), and look for work that blocks the event loop.',
    ],
    docs: pages.connect,
  },
];
