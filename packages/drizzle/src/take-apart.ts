/** `drizzle()`'s arguments, told apart. */
export interface DrizzleArguments<Config> {
  /** A driver's client or pool that is there already. */
  readonly client: unknown;
  /** Without a client: a connection string, options, or nothing. */
  readonly connection: unknown;
  /** Drizzle's own: schema, logger, casing, cache. */
  readonly config: Config;
}

/** Takes apart every form of Drizzle's arguments: `(url | client, config)`, `({ client | connection, ...config })`, or nothing. */
export function takeApart<Config>([first, second]: readonly unknown[]): DrizzleArguments<Config> {
  const config = (second ?? {}) as Config;
  if (first === undefined || typeof first === 'string')
    return { client: undefined, connection: first, config };
  if (isClient(first)) return { client: first, connection: undefined, config };
  const { client, connection, ...rest } = first as { client?: unknown; connection?: unknown };
  return { client, connection, config: rest as Config };
}

/** pg's clients and pools have `query`; postgres.js' instance is a function. */
function isClient(value: unknown): boolean {
  return typeof value === 'function' || typeof (value as { query?: unknown } | null)?.query === 'function';
}
