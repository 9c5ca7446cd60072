import type driver from 'postgres';
import type { poolOf } from './pool-of.ts';
import type { runTransaction } from './run-transaction.ts';

type Types = Record<string, driver.PostgresType>;

/** What the driver makes of the option `types`, for `sql.typed`. */
type TypesOf<T extends Types> = Types extends T
  ? Record<never, never>
  : {
      [Name in keyof T]: T[Name] extends {
        serialize: (value: infer R) => unknown;
        parse: (raw: never) => infer R;
      }
        ? R
        : never;
    };

/** All properties of the driver's function: PostgresError, BigInt, toPascal, … */
type DriverMembers = Pick<typeof driver, keyof typeof driver>;

/** The driver's function, which takes options in addition to the driver's own. Where both have a name, the driver's type holds. */
export interface ExtendedDriver<More extends object> extends DriverMembers {
  /** @param options the driver's and the others. Without any, the environment says everything. */
  <T extends Types = Record<never, never>>(
    options?: (driver.Options<T> & More) | undefined,
  ): driver.Sql<TypesOf<T>>;
  /**
   * @param url a URI (`postgres://…`) or keyword/value pairs; settings may stand in its query.
   * @param options win over the URL.
   */
  <T extends Types = Record<never, never>>(
    url: string,
    options?: (driver.Options<T> & More) | undefined,
  ): driver.Sql<TypesOf<T>>;
  /** For `require()` from transpiled ES modules. */
  readonly default: ExtendedDriver<More>;
  /** The same as the named export. */
  readonly runTransaction: typeof runTransaction;
  /** The same as the named export. */
  readonly poolOf: typeof poolOf;
}
