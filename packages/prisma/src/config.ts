/**
 * For prisma.config.ts: the URL that Prisma's schema engine connects with.
 *
 * @packageDocumentation
 */
import { isIP } from 'node:net';
import {
  type AzureConnection,
  AzurePgError,
  type ConnectionOptions,
  type Host,
  reachServer,
  resolveConnection,
  type Transport,
} from '@azure-pg/core';
import { permittedAttempts, signInSource } from '@azure-pg/core/tooling';
import { rootFile } from './engine-root.ts';
import { databaseUrlFor, takePrismaParameters } from './prisma-url.ts';

/** The settings of `resolveConnection`, and Prisma's schema. */
export interface AzureDatasourceOptions extends ConnectionOptions {
  /** Prisma's `schema`; wins over the URL's. */
  schema?: string | undefined;
}

/**
 * The URL for `datasource.url` in prisma.config.ts: user and Entra token (or password) in it, and TLS that Prisma's schema engine really verifies;
 * by itself it takes any certificate. It is of the server itself, also where the settings name the pooler.
 *
 * The engine trusts the operating system's roots and one certificate more. So the server is contacted once, verified as the settings say,
 * and the root that its certificate led to is written to a private file that goes with the process.
 *
 * For commands that need no database (`prisma generate`, `validate`, `format`, `version`) nothing is contacted and the URL holds no token.
 *
 * @param input a connection string, options, or nothing: the environment says everything. A URL may hold Prisma's `schema`.
 * @param options win over `input`.
 * @throws AzurePgError as `resolveConnection` and `openConnection` do, and `INVALID_SETTING` for what the engine cannot do: an address beside
 * the name (`hostaddr`), another name in the certificate, a client certificate.
 *
 * @example
 * export default defineConfig({ schema: 'prisma/schema.prisma', datasource: { url: await azureDatasourceUrl() } });
 */
export async function azureDatasourceUrl(
  input?: string | AzureDatasourceOptions,
  options: AzureDatasourceOptions = {},
): Promise<string> {
  const { schema: own, ...given } = {
    ...(typeof input === 'string' ? { connectionString: input } : input),
    ...options,
  };
  const text = databaseUrlFor(given);
  const { url, schema: written } =
    text === undefined ? { url: text, schema: undefined } : takePrismaParameters(text);
  const connection = resolveConnection(
    url === undefined ? given : { ...given, connectionString: url },
  ).direct();
  const parameters = new URLSearchParams({
    connect_timeout: String(Math.ceil(connection.connectTimeout / 1000)),
  });
  const schema = own ?? written;
  if (schema !== undefined) parameters.set('schema', schema);
  for (const name of ['application_name', 'options']) {
    const value = connection.startupParameters[name];
    if (value !== undefined) parameters.set(name, value);
  }
  const [first] = connection.hosts;
  if (first === undefined) throw new TypeError('A connection has a host');
  const signIns = signInSource(connection);
  if (!needsDatabase(process.argv))
    return engineUrl(connection, first, { user: connection.user ?? '' }, parameters);
  assertEngineCan(connection);
  for (const host of connection.hosts) permittedAttempts(connection, host);
  const transport = await reachServer(connection);
  try {
    setTls(connection, transport, parameters);
  } finally {
    transport.socket.destroy();
  }
  const { host } = transport.target;
  const { connectTimeout } = connection;
  const signal = connectTimeout > 0 ? AbortSignal.timeout(connectTimeout) : new AbortController().signal;
  return engineUrl(
    connection,
    host,
    await signIns.get({ signal, host: host.host, port: host.port }),
    parameters,
  );
}

/** How the server was reached, in the engine's words. */
function setTls(connection: AzureConnection, transport: Transport, parameters: URLSearchParams): void {
  const { attempt, target } = transport;
  if (
    !permittedAttempts(connection, target.host).some(
      ({ verify, encryption }) => verify === attempt.verify && encryption === attempt.encryption,
    )
  ) {
    throw new AzurePgError(
      'INSECURE_CONNECTION',
      `"${target.host.host}" does not offer the TLS that its credential needs`,
      {
        hint: 'Turn TLS on at the server.',
      },
    );
  }
  if (!transport.encrypted) {
    parameters.set('sslmode', 'disable');
  } else if (transport.verified) {
    parameters.set('sslmode', 'require');
    parameters.set('sslaccept', 'strict');
    const root = rootFile(connection, transport);
    if (root !== undefined) parameters.set('sslcert', root);
  } else {
    parameters.set('sslmode', 'require');
    parameters.set('sslaccept', 'accept_invalid_certs');
  }
}

function engineUrl(
  connection: AzureConnection,
  { host, port }: Host,
  { user, password }: { user: string; password?: string | undefined },
  parameters: URLSearchParams,
): string {
  const who = [user, ...(password === undefined ? [] : [password])].map(encodeURIComponent).join(':');
  const socket = host.startsWith('/');
  if (socket) parameters.set('host', host);
  const where = socket ? 'localhost' : isIP(host) === 6 ? `[${host}]` : host;
  const database = encodeURIComponent(connection.database ?? user);
  // The engine reads a plus sign as one where a form would have a space.
  return `postgresql://${who}@${where}:${port}/${database}?${String(parameters).replaceAll('+', '%20')}`;
}

/** What Prisma's own command line runs without a database. */
function needsDatabase([, program = '', command = '']: readonly string[]): boolean {
  const prisma = /[\\/](?:\.bin[\\/]prisma|prisma[\\/]build[\\/]index\.js)$/.test(program);
  return (
    !prisma || !['generate', 'validate', 'format', 'version', '--version', '-v', 'init'].includes(command)
  );
}

function assertEngineCan({ hosts, tls }: AzureConnection): void {
  const refused = (what: string, hint: string): AzurePgError =>
    // Prisma shows the message of what its config throws, and nothing else.
    new AzurePgError('INVALID_SETTING', `Prisma's schema engine cannot use ${what}. ${hint}`, { hint });
  if (hosts.some(({ host, hostaddr }) => hostaddr !== undefined && hostaddr !== host)) {
    throw refused(
      '"hostaddr"',
      'It resolves the name by itself: leave hostaddr out, or put the address into the hosts file.',
    );
  }
  if (tls.serverName !== undefined && hosts.some(({ host }) => host !== tls.serverName)) {
    throw refused(
      "another name than the host's for the certificate",
      'Connect by the name that the certificate bears.',
    );
  }
  if (tls.certificateMode === 'require' || tls.certificate !== undefined) {
    throw refused(
      'a client certificate ("sslcert")',
      'Leave sslcert and sslkey out for migrations; Entra needs none.',
    );
  }
}
