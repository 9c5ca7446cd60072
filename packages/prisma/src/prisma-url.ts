import { AzurePgError } from '@azure-pg/core';
import { type PrismaParameter, speakingDatabaseUrl, takePrismaParameters } from '@azure-pg/core/adapter';
import type { PoolConfig } from '@azure-pg/pg';

/** What each of Prisma's parameters besides `schema` asks of the adapter. */
const settings: Readonly<Record<Exclude<PrismaParameter, 'schema'>, (value: string) => PoolConfig>> = {
  connection_limit: (value) => ({ max: Number(value) }),
  // 0 means "no limit" to Prisma and to pg alike.
  pool_timeout: (value) => ({ connectionTimeoutMillis: Number(value) * 1000 }),
  socket_timeout: (value) => ({ query_timeout: Number(value) * 1000 }),
  max_connection_lifetime: (value) => ({ maxLifetimeSeconds: Number(value) }),
  max_idle_connection_lifetime: (value) => ({ idleTimeoutMillis: Number(value) * 1000 }),
  // In the URL from "prisma dev", for a server that takes one connection after the other.
  single_use_connections: (value) => (value === '1' ? { maxUses: 1 } : {}),
  // The old engines cached statements themselves; the adapter's way is `statementNameGenerator`.
  statement_cache_size: () => ({}),
};

/** Options without Prisma's own parameters in their URL, and what those say. */
export interface PrismaUrl<T> {
  readonly given: T;
  readonly schema: string | undefined;
  readonly pool: PoolConfig;
}

/**
 * Takes Prisma's own parameters (`?schema=…&connection_limit=…`) out of the URL of some options, or out of DATABASE_URL where that is what
 * says where they go. libpq's and ours stay.
 *
 * @throws AzurePgError `INVALID_SETTING` for a value that is not a whole number, and for `sslaccept`, whose work `sslmode` does.
 */
export function readPrismaParameters<T extends { connectionString?: string | undefined }>(
  options: T,
): PrismaUrl<T> {
  const text = options.connectionString ?? speakingDatabaseUrl(options);
  const { text: connectionString, parameters } = takePrismaParameters(String(text ?? ''));
  const { schema: named, ...others } = parameters;
  // An empty one names none, as in Prisma.
  const schema = named || undefined;
  if (Object.keys(parameters).length === 0) return { given: options, schema, pool: {} };
  const pool = Object.entries(others).map(([name, value]) => {
    const number = { true: '1', false: '0' }[value] ?? value;
    if (!/^\d{1,9}$/.test(number)) throw notANumber(name);
    return settings[name as keyof typeof settings](number);
  });
  return { given: { ...options, connectionString }, schema, pool: Object.assign({}, ...pool) };
}

const notANumber = (name: string): AzurePgError =>
  new AzurePgError(
    'INVALID_SETTING',
    `Invalid "${name}" in the connection string: it must be a whole number`,
  );
