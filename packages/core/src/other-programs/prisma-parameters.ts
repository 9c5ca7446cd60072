import { AzurePgError } from '../errors/azure-pg-error.ts';
import { type TakenParameters, takeParameters } from '../settings/parse/take-parameters.ts';

/**
 * Prisma's parameters of a database URL that are not settings of a connection: https://www.prisma.io/docs/orm/overview/databases/postgresql#arguments
 */
const names = [
  'schema',
  'connection_limit',
  'pool_timeout',
  'socket_timeout',
  'max_connection_lifetime',
  'max_idle_connection_lifetime',
  'single_use_connections',
  'statement_cache_size',
] as const;

/** A parameter that only Prisma knows. */
export type PrismaParameter = (typeof names)[number];

/** Prisma's own parameters, by name. */
export interface PrismaParameters {
  readonly text: string;
  readonly parameters: Readonly<Partial<Record<PrismaParameter, string>>>;
}

/**
 * Takes Prisma's own parameters (`?schema=…&connection_limit=…`) out of a URL. libpq's and ours stay.
 *
 * @throws AzurePgError `INVALID_SETTING` for `sslaccept`, whose work `sslmode` does.
 */
export function takePrismaParameters(text: string): PrismaParameters {
  const known: readonly string[] = [...names, 'sslaccept'];
  const taken: TakenParameters = takeParameters(text, (name) => known.includes(name));
  if (taken.parameters.sslaccept === undefined) return taken;
  const hint =
    'Use libpq\'s sslmode: "verify-full" (the default for Azure hosts) is what sslaccept=strict was; a CA goes into sslrootcert. Where "azure-pg exec" wrote it, that is for Prisma\'s engine alone: leave out either it or azureDatasourceUrl().';
  throw new AzurePgError(
    'INVALID_SETTING',
    // Prisma shows the message of what its config throws, and nothing else.
    `Invalid "sslaccept" in the connection string: only Prisma's own engines use it. ${hint}`,
    { hint },
  );
}
