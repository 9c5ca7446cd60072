import { AzurePgError } from '@azure-pg/core';
import type driver from 'postgres';

/** What hooks for pools of pg ask of a pool: how long its connections may be idle, and when one has become so. */
export interface PoolOfInstance {
  /** pg's names of the instance's settings. */
  readonly options: {
    /** Milliseconds: `idle_timeout`; 0: idle connections stay open. */
    readonly idleTimeoutMillis: number;
  };
  /** Calls the listener each time a query, a transaction or a reservation has given its connection back. */
  on(event: 'release', listener: () => void): void;
}

type Tell = (listener: () => void) => void;

// Registered, so that an instance of the ES module's copy of this package is known to its CommonJS copy.
const releases: unique symbol = Symbol.for('@azure-pg/postgresjs.releases');

/** Makes an instance one that {@link poolOf} takes. */
export function tellReleases(sql: object, tell: Tell): void {
  Object.defineProperty(sql, releases, { value: tell });
}

/**
 * An instance as hooks for pools of pg see a pool, such as `attachDatabasePool` of `@vercel/functions`, which keeps a function alive until its
 * idle connections are closed:
 *
 * ```ts
 * const sql = postgres(process.env.DATABASE_URL, { idle_timeout: 5 });
 * attachDatabasePool(poolOf(sql));
 * ```
 *
 * @throws AzurePgError `INVALID_SETTING` for an instance that is not of this package.
 */
export function poolOf(sql: driver.Sql): PoolOfInstance {
  const { [releases]: tell } = sql as { [releases]?: Tell };
  if (tell === undefined) {
    throw new AzurePgError('INVALID_SETTING', 'poolOf() was given no instance of @azure-pg/postgresjs', {
      hint: 'Give it what postgres() of @azure-pg/postgresjs returned, not a transaction or a reserved connection.',
    });
  }
  const { idle_timeout } = sql.options as { readonly idle_timeout?: unknown };
  return {
    options: { idleTimeoutMillis: typeof idle_timeout === 'number' ? idle_timeout * 1000 : 0 },
    on: (event, listener) => {
      if (event === 'release') tell(() => listener());
    },
  };
}
