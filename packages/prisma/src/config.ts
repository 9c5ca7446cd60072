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
  resolveConnection,
} from '@azure-pg/core';
import { type HandOver, handOver } from '@azure-pg/core/adapter';
import { runsOffline } from './prisma-cli.ts';
import { takePrismaParameters } from './prisma-url.ts';

/** The settings of `resolveConnection`, and Prisma's schema. */
export interface AzureDatasourceOptions extends ConnectionOptions {
  /** Prisma's `schema`; wins over the URL's. */
  schema?: string | undefined;
}

/**
 * The URL for `datasource.url` in prisma.config.ts: user and Entra token (or password) in it, and TLS that Prisma's schema engine really verifies;
 * left alone, it accepts any certificate. It leads to the server itself, even if the settings name the pooler.
 *
 * The engine trusts the operating system's roots and one more certificate. So the server is contacted once, verified as the settings say,
 * and the root that its certificate led to is written to a private file that is deleted with the process.
 *
 * For commands that need no database (`prisma generate`, `validate`, `format`, `version`) nothing is contacted and the URL holds no token.
 *
 * @param input a connection string, options, or nothing: the environment says everything. A URL may hold Prisma's `schema`.
 * @param options win over `input`.
 * @throws AzurePgError as `resolveConnection` and `openConnection` do, and `INVALID_SETTING` for what the engine cannot do: an address besides
 * the name (`hostaddr`), another name in the certificate, a client certificate.
 *
 * @example
 * export default defineConfig({ schema: 'prisma/schema.prisma', datasource: { url: await azureDatasourceUrl() } });
 */
export async function azureDatasourceUrl(
  input?: string | AzureDatasourceOptions,
  options: AzureDatasourceOptions = {},
): Promise<string> {
  const base = typeof input === 'string' ? { connectionString: input } : input;
  const { schema: own, ...rest } = { ...base, ...options };
  const { given, schema } = takePrismaParameters(rest);
  const connection = resolveConnection(given).direct();
  const offline = runsOffline();
  if (!offline) assertEngineCan(connection);
  const handed = offline ? undefined : await handOver(connection);
  const { application_name, options: serverOptions } = connection.startupParameters;
  return engineUrl(connection, handed, {
    connect_timeout: String(Math.ceil(connection.connectTimeout / 1000)),
    schema: own ?? schema,
    application_name,
    options: serverOptions,
    ...(handed === undefined ? {} : tlsParameters(handed)),
  });
}

/** How the server was reached, in the engine's words. */
function tlsParameters({ security, rootFile }: HandOver): Record<string, string | undefined> {
  if (security === 'plaintext') return { sslmode: 'disable' };
  if (security === 'unverified') return { sslmode: 'require', sslaccept: 'accept_invalid_certs' };
  // It takes one certificate from the file; of a bundle it would take the first.
  return { sslmode: 'require', sslaccept: 'strict', sslcert: rootFile };
}

function engineUrl(
  { hosts, user: named = '', database }: AzureConnection,
  handed: HandOver | undefined,
  parameters: Record<string, string | undefined>,
): string {
  const { host, port } = handed?.host ?? hosts[0] ?? { host: 'localhost', port: 5432 };
  const user = handed?.user ?? named;
  const who = [user, handed?.password].filter((part) => part !== undefined).map(encodeURIComponent);
  const socket = host.startsWith('/');
  const where = socket ? 'localhost' : isIP(host) === 6 ? `[${host}]` : host;
  const query = Object.entries({ ...parameters, host: socket ? host : undefined }).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${encodeURIComponent(value)}`],
  );
  return `postgresql://${who.join(':')}@${where}:${port}/${encodeURIComponent(database ?? user)}?${query.join('&')}`;
}

function assertEngineCan({ hosts, tls }: AzureConnection): void {
  const refuse = (what: string, hint: string): never => {
    // Prisma shows the message of what its config throws, and nothing else.
    throw new AzurePgError('INVALID_SETTING', `Prisma's schema engine cannot use ${what}. ${hint}`, { hint });
  };
  if (hosts.some(({ host, hostaddr }) => hostaddr !== undefined && hostaddr !== host))
    refuse('"hostaddr"', 'It resolves the name by itself: leave it out, or use the hosts file.');
  if (tls.serverName !== undefined && hosts.some(({ host }) => host !== tls.serverName))
    refuse("a certificate name other than the host's", 'Connect by the name in it.');
  if (tls.certificateMode === 'require' || tls.certificate !== undefined)
    refuse('a client certificate ("sslcert")', 'Leave sslcert and sslkey out; Entra needs none.');
}
