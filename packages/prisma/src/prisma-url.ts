import { AzurePgError } from '@azure-pg/core';
import type { PoolConfig } from '@azure-pg/pg';

/** What Prisma's own parameters in a database URL ask of the adapter. */
export interface PrismaUrl {
  /** The URL without them. */
  readonly url: string;
  readonly schema: string | undefined;
  readonly pool: PoolConfig;
}

/**
 * Prisma's parameters of a database URL that are no settings of a connection:
 * https://www.prisma.io/docs/orm/overview/databases/postgresql#arguments
 */
const parameters: Record<string, (seconds: number) => PrismaUrl['pool']> = {
  connection_limit: (max) => ({ max }),
  // 0 means "no limit" to Prisma and to pg alike.
  pool_timeout: (seconds) => ({ connectionTimeoutMillis: seconds * 1000 }),
  socket_timeout: (seconds) => ({ query_timeout: seconds * 1000 }),
  max_connection_lifetime: (seconds) => ({ maxLifetimeSeconds: seconds }),
  max_idle_connection_lifetime: (seconds) => ({ idleTimeoutMillis: seconds * 1000 }),
  // The engines of old cached statements by themselves; the adapter's way is `statementNameGenerator`.
  statement_cache_size: () => ({}),
};

/**
 * Takes Prisma's own parameters out of a database URL: `?schema=…&connection_limit=…`. libpq's and ours stay.
 *
 * @throws AzurePgError `INVALID_SETTING` for a value that is no whole number, and for `sslaccept`, whose work `sslmode` does.
 */
export function takePrismaParameters(text: string): PrismaUrl {
  const question = /^postgres(ql)?:\/\//.test(text) ? text.indexOf('?') : -1;
  if (question < 0) return { url: text, schema: undefined, pool: {} };
  let schema: string | undefined;
  let pool: PrismaUrl['pool'] = {};
  const kept = text
    .slice(question + 1)
    .split('&')
    .filter((pair) => {
      const equals = pair.indexOf('=');
      const name = pair.slice(0, equals);
      const value = pair.slice(equals + 1);
      if (name === 'schema') {
        schema = decode(name, value);
        return false;
      }
      if (name === 'sslaccept') throw sslAccept();
      const setting = Object.hasOwn(parameters, name) ? parameters[name] : undefined;
      if (setting === undefined) return true;
      if (!/^\d{1,9}$/.test(value)) throw notANumber(name);
      pool = { ...pool, ...setting(Number(value)) };
      return false;
    });
  const url = text.slice(0, question) + (kept.length > 0 ? `?${kept.join('&')}` : '');
  return { url, schema, pool };
}

function decode(name: string, value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    throw new AzurePgError(
      'INVALID_SETTING',
      `Invalid "${name}" in the connection string: its percent-encoding is broken`,
    );
  }
}

const notANumber = (name: string): AzurePgError =>
  new AzurePgError(
    'INVALID_SETTING',
    `Invalid "${name}" in the connection string: it must be a whole number`,
  );

const sslAccept = (): AzurePgError =>
  new AzurePgError(
    'INVALID_SETTING',
    'The setting "sslaccept" in the connection string is of Prisma\'s own engines',
    {
      hint: 'Use libpq\'s sslmode: "verify-full" (the default for Azure hosts) is what sslaccept=strict was; a CA goes into sslrootcert.',
    },
  );

/**
 * The text that a config's settings come from: its own, or DATABASE_URL where that speaks and holds parameters of Prisma's, which nobody
 * else would understand.
 */
export function databaseUrlFor(
  { connectionString, host }: { connectionString?: unknown; host?: unknown },
  env: NodeJS.ProcessEnv = process.env,
): string | undefined {
  if (typeof connectionString === 'string') return connectionString;
  const elsewhere = ['PGHOST', 'PGHOSTADDR', 'PGSERVICE'].some((name) => env[name]);
  const connector = Object.keys(env).some((name) => name.startsWith('AZURE_POSTGRESQL_') && env[name]);
  const text = env.DATABASE_URL;
  if (host || elsewhere || connector || !text) return undefined;
  const query = /^postgres(?:ql)?:\/\/[^?]*\?(.*)$/s.exec(text)?.[1] ?? '';
  const prismas = ['schema', 'sslaccept', ...Object.keys(parameters)];
  return query.split('&').some((pair) => prismas.includes(pair.split('=')[0] ?? '')) ? text : undefined;
}
