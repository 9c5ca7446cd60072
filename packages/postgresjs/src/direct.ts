import type { AzureConnection } from '@azure-pg/core';
import type driver from 'postgres';
import { instanceOver, partsOf } from './instance.ts';

/**
 * Another instance, to the same database without the pooler, for what needs a session: migrations, advisory locks, `SET`. Where there is no
 * pooler it is simply another instance. The caller ends it. (`listen` and `subscribe` do without: they go there by themselves.)
 *
 * @param sql an instance made by `postgres()` of this package.
 * @param options what to change of the driver's own options: `{ max: 1 }`.
 * @throws TypeError for an instance that was made elsewhere: nothing says where its direct twin is.
 */
export function directInstance(
  sql: driver.Sql,
  options: Readonly<Record<string, unknown>> & { readonly max?: number; readonly idle_timeout?: number } = {},
): driver.Sql {
  const parts = partsOf(sql) ?? unknownInstance();
  const given = { ...parts.given, ...options };
  return instanceOver({ ...parts, connection: parts.connection.direct(), given });
}

/** What an instance's settings were resolved to: where it goes, what the pooler allows; undefined where it was not made by this package. */
export function instanceConnection(sql: object): AzureConnection | undefined {
  return partsOf(sql)?.connection;
}

function unknownInstance(): never {
  throw new TypeError('This instance was not made by postgres() of @azure-pg/postgresjs');
}
