/**
 * For prisma.config.ts: the URL that Prisma's schema engine connects with.
 *
 * @packageDocumentation
 */
import { type ConnectionOptions, resolveConnection } from '@azure-pg/core';
import { prismaEngineUrl } from '@azure-pg/core/adapter';
import { runsOffline } from './prisma-cli.ts';
import { readPrismaParameters } from './prisma-url.ts';

/** For a command that needs no database, in a pipeline that has no secret for one. Nobody has such a name. */
const nowhere = 'postgresql://no-database-url.invalid/';

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
 * the name (`hostaddr`), another name in the certificate, `trust=azure`, a client certificate, revocation lists, TLS versions, `require_auth`,
 * `sslnegotiation=direct`, `sslsni=0`.
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
  const { connectionString } = rest;
  if (typeof connectionString === 'string' && connectionString.trim() === '' && runsOffline()) return nowhere;
  const { given, schema } = readPrismaParameters(rest);
  return prismaEngineUrl(resolveConnection(given).direct(), {
    parameters: { schema: own ?? schema },
    connects: !runsOffline(),
  });
}
