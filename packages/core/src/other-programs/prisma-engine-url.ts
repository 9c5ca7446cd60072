import { isIP } from 'node:net';
import type { AzureConnection } from '../connection/connection.ts';
import { type HandOver, handOver, type RootFileLifetime } from './hand-over-connection.ts';
import { refuseLost } from './refuse-lost.ts';

/** What else a URL for Prisma's schema engine says, and how long it is for. */
export interface PrismaEngineUrlOptions {
  /** Prisma's own parameters. */
  readonly parameters?: Readonly<Record<string, string | undefined>>;
  /** False: nothing is contacted, and the URL holds no token. Default: true. */
  readonly connects?: boolean;
  /** How long the file lasts that the URL names. Default: `process`. */
  readonly rootFile?: RootFileLifetime;
}

/**
 * A URL that Prisma's schema engine connects with: user and Entra token (or password) in it, and TLS that the engine really verifies. It knows
 * sslmode disable, prefer and require, and accepts any certificate unless it is told otherwise; it trusts the operating system's roots and
 * one more certificate. So the server is contacted once, verified as the settings say, and the URL names a file with the root that its
 * certificate led to: https://github.com/prisma/prisma-engines/blob/main/quaint/src/connector/postgres/url.rs
 *
 * @throws AzurePgError as `resolveConnection` and `openConnection` do, and `INVALID_SETTING` for what the engine cannot do and the settings
 * demand.
 */
export async function prismaEngineUrl(
  connection: AzureConnection,
  { parameters = {}, connects = true, rootFile = 'process' }: PrismaEngineUrlOptions = {},
): Promise<string> {
  if (connects) refuseLost(connection, "Prisma's schema engine", ['channel_binding']);
  const handed = connects ? await handOver(connection, rootFile) : undefined;
  const { application_name, options } = connection.startupParameters;
  const { poolMode } = connection.pooling;
  return engineUrl(connection, handed, {
    connect_timeout: String(Math.ceil(connection.connectTimeout / 1000)),
    ...parameters,
    application_name,
    options,
    pgbouncer: poolMode === 'none' || poolMode === 'session' ? undefined : 'true',
    channel_binding: connection.channelBinding === 'prefer' ? undefined : connection.channelBinding,
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
