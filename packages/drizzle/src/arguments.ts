import { AzurePgError } from '@azure-pg/core';
import { assertOptions, refuseMisplaced } from '@azure-pg/core/adapter';
import type { NodePgDatabase, drizzle as nodePostgres } from 'drizzle-orm/node-postgres/driver';

// drizzle-orm's types changed their names and parameters with 1.0. What is needed of them is derived from drizzle(), so that one declaration fits all.
type BareConfig = NonNullable<Parameters<typeof nodePostgres.mock>[0]>;
/** What a database's type is derived from: `schema` before Drizzle 1.0, `relations` since. */
type SchemaKey = Extract<keyof BareConfig, 'schema' | 'relations'>;

/** What may be given as schema (or relations), and the type without any. */
export type AnySchema = NonNullable<BareConfig[SchemaKey]>;
export type NoSchema = NodePgDatabase extends NodePgDatabase<infer Default> ? Default : never;

type Config<TSchema extends AnySchema> = Omit<BareConfig, SchemaKey> & {
  [Key in SchemaKey]?: TSchema | undefined;
};

/** Every form of `drizzle()`'s arguments. */
export type Arguments<TSchema extends AnySchema, TClient, Connection> =
  | []
  | [TClient | string]
  | [TClient | string, Config<TSchema>]
  | [Config<TSchema> & ({ client: TClient } | { connection: string | Connection })];

/** What Drizzle's config has, of all versions. */
const configNames = new Set('cache casing codecs jit logger paramsInErrors relations schema'.split(' '));

/**
 * The same, normalised: an existing client, or what to connect with (a connection string, options, or nothing); and
 * Drizzle's own config.
 *
 * @throws AzurePgError `INVALID_SETTING` for anything else: it would connect to wherever the environment says.
 */
export function splitArguments([first, second]: readonly unknown[]): {
  client?: unknown;
  connection?: unknown;
  config: object;
} {
  if (first === undefined || typeof first === 'string') return { connection: first, config: own(second) };
  if (isClient(first)) return { client: first, config: own(second) };
  assertOptions(first);
  const given = (first ?? {}) as { client?: unknown; connection?: unknown };
  const { client, connection, ...config } = given;
  if (client !== undefined && connection !== undefined) {
    throw new AzurePgError(
      'INVALID_SETTING',
      'The option "connection" has no effect together with "client"',
      {
        hint: 'A client has its connection already: leave one of them out.',
      },
    );
  }
  if (typeof connection !== 'string') assertOptions(connection);
  const unknown = Object.keys(config).find((name) => !configNames.has(name));
  if (unknown !== undefined && !('client' in given) && !('connection' in given)) {
    throw new AzurePgError('INVALID_SETTING', `Unknown option "${unknown}"`, {
      hint: 'Put it into "connection": drizzle({ connection: { … } }).',
    });
  }
  return { client, connection, config: own(config) };
}

/** Drizzle's own config, with nothing in it that Drizzle would ignore and the connection was to have. */
function own(config: unknown): object {
  const given = (config ?? {}) as object;
  refuseMisplaced(given, configNames, 'drizzle({ connection: { … } })');
  return given;
}

/** pg's clients and pools have `query`; postgres.js' instance is a function. */
function isClient(value: unknown): boolean {
  return typeof value === 'function' || typeof (value as { query?: unknown } | null)?.query === 'function';
}
