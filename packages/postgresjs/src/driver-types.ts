import type { ConnectionOptions } from '@azure-pg/core';
import type driver from 'postgres';

// Not "Options": where the declarations are bundled, the namespace's own type of that name would mean itself.
/** The driver's options and, beside them, ours: credential, auth, poolMode, sslmode, … Where both have a name, the driver's type holds. */
export type AzureOptions<T extends Record<string, driver.PostgresType>> = driver.Options<T> &
  Omit<ConnectionOptions, keyof driver.Options<Record<never, never>>>;

/** What the driver makes of the option `types`, for `sql.typed`. */
export type TypesOf<T extends Record<string, driver.PostgresType>> =
  Record<string, driver.PostgresType> extends T
    ? Record<never, never>
    : {
        [Name in keyof T]: T[Name] extends {
          serialize: (value: infer R) => unknown;
          parse: (raw: never) => infer R;
        }
          ? R
          : never;
      };

/** All that hangs on the driver's function: PostgresError, BigInt, toPascal, … */
export type DriverMembers = Pick<typeof driver, keyof typeof driver>;

/** postgres.js's function, with our options. */
export interface Postgres extends DriverMembers {
  /**
   * @param options the driver's and ours. Without any, the environment says everything: PGHOST, AZURE_POSTGRESQL_*, DATABASE_URL.
   * @throws AzurePgError `INVALID_CONNECTION_STRING`, `INVALID_SETTING`, `POOLER_UNSUPPORTED`: at once, nothing has been contacted.
   */
  <T extends Record<string, driver.PostgresType> = Record<never, never>>(
    options?: AzureOptions<T> | undefined,
  ): driver.Sql<TypesOf<T>>;
  /**
   * @param url a URI (`postgres://…`) or keyword/value pairs; libpq's keywords, ours and the driver's may stand in its query.
   * @param options win over the URL.
   * @throws AzurePgError `INVALID_CONNECTION_STRING`, `INVALID_SETTING`, `POOLER_UNSUPPORTED`: at once, nothing has been contacted.
   */
  <T extends Record<string, driver.PostgresType> = Record<never, never>>(
    url: string,
    options?: AzureOptions<T> | undefined,
  ): driver.Sql<TypesOf<T>>;
  /** For `require()` from transpiled ES modules. */
  readonly default: Postgres;
}
