import { type AzureConnection, sessionConnection } from '@azure-pg/core';
import { warnOnce } from '@azure-pg/core/adapter';
import { CompiledQuery, type DatabaseConnection, type Driver } from 'kysely';
import { endOf, releaseAfterFailedCommit } from './driver-faults/failed-commit.ts';

/** Returns what a driver connects through, when it is initialised. Kysely 0.29 passes it an AbortSignal, 0.28 nothing. */
export type Open<Source> = (...options: Parameters<Driver['init']>) => Source | Promise<Source>;

/** How Kysely's drivers connect: through pools of pg, or instances of postgres.js. */
export interface Ways<Source> {
  /** The package that makes such sources. */
  readonly maker: string;
  /** Where a source goes; undefined where somebody else made it. */
  connectionOf(source: Source): AzureConnection | undefined;
  /** A source of the same settings, past the pooler. */
  directOf(source: Source): Source;
  /** Kysely's own driver. */
  driverOver(open: Open<Source>): Driver;
  /** Fixes what a connection through a pooler would do wrong, and one past it next to a pool of connections through the pooler. */
  fix?(connection: DatabaseConnection): void;
}

/**
 * Kysely's driver, whose connections through a pooler can leave it ({@link leavePooler}), and are free again when their COMMIT fails. Over
 * somebody else's source the connections are Kysely's own.
 */
export function directCapableDriver<Source>(given: Source | Open<Source>, ways: Ways<Source>): Driver {
  let source: Source;
  let resolved: AzureConnection | undefined;
  const driver = ways.driverOver(async (...options) => {
    source = isOpen(given) ? await given(...options) : given;
    resolved = ways.connectionOf(source);
    const foreign = `AzurePostgresDialect was given what ${ways.maker} did not make: how it connects is its own affair`;
    if (resolved === undefined) warnOnce(undefined, foreign, foreign);
    return source;
  });
  const { acquireConnection, releaseConnection } = driver;
  driver.acquireConnection = async (...options) => {
    const connection = await acquireConnection.apply(driver, options);
    const own = resolved;
    if (own === undefined) return connection;
    const fix = own.pooling.poolMode === 'none' ? undefined : ways.fix;
    fix?.(connection);
    const openDirect = (): Driver | undefined =>
      sessionConnection(own, 'A migration') === own
        ? undefined
        : ways.driverOver(() => ways.directOf(source));
    return directCapable(connection, openDirect, fix);
  };
  driver.releaseConnection = async (connection, ...options) => {
    const { pooled, giveBack } = directCapables.get(connection) ?? { pooled: connection };
    try {
      // Kysely 0.28 does not wait here after a stream, and postgres.js never ends where destroy() comes before the release: so no detour.
      const closing = giveBack?.();
      if (closing !== undefined) await closing;
    } finally {
      await releaseConnection.call(driver, pooled, ...options);
    }
  };
  releaseAfterFailedCommit(driver, (connection) => directCapables.has(connection));
  return driver;
}

const isOpen = <Source>(given: Source | Open<Source>): given is Open<Source> =>
  typeof given === 'function' && !('end' in given);

/**
 * Moves a connection that Kysely holds past the pooler, if one is in the way, until it is given back. A transaction that has just begun, as
 * Kysely 0.28 locks in one, begins again there; one that has done something already stays, and the pooler keeps its server for it.
 */
export async function leavePooler(connection: DatabaseConnection, inTransaction: boolean): Promise<void> {
  await directCapables.get(connection)?.move(inTransaction);
}

interface DirectCapable {
  readonly pooled: DatabaseConnection;
  move(inTransaction: boolean): Promise<void>;
  /** Closes what was opened past the pooler; undefined where nothing was. */
  giveBack(): Promise<void> | undefined;
}
const directCapables = new WeakMap<DatabaseConnection, DirectCapable>();

/** What Kysely gets: always the one that is in use, pooled or direct, whatever it and its driver ask of it. */
function directCapable(
  pooled: DatabaseConnection,
  openDirect: () => Driver | undefined,
  fix: ((connection: DatabaseConnection) => void) | undefined,
): DatabaseConnection {
  let current = pooled;
  // What was asked last: a query, if it was one.
  let latest: Partial<CompiledQuery> | undefined;
  let close: (() => Promise<void>) | undefined;
  // Kysely replaces the connection's executeQuery by one that logs. It is kept here, and so outlasts a move.
  const connection = new Proxy<DatabaseConnection>(Object.create(pooled), {
    get(own, name) {
      if (Object.hasOwn(own, name)) return Reflect.get(own, name);
      if (typeof Reflect.get(current, name) !== 'function') return Reflect.get(current, name);
      return (...values: unknown[]) => {
        const end = endOf(connection);
        if (end !== undefined) throw end;
        latest = values[0] as typeof latest;
        return Reflect.apply(Reflect.get(current, name), current, values);
      };
    },
  });
  const giveBack = (): Promise<void> | undefined => {
    current = pooled;
    return close?.();
  };
  async function move(inTransaction: boolean): Promise<void> {
    if (current !== pooled || (inTransaction && latest?.sql !== 'begin')) return;
    // What an attempt before left behind.
    await giveBack();
    const driver = openDirect();
    if (driver === undefined) return;
    close = () => driver.destroy();
    await driver.init();
    const direct = await driver.acquireConnection();
    fix?.(direct);
    close = async () => {
      await driver.releaseConnection(direct);
      await driver.destroy();
    };
    if (inTransaction) {
      await direct.executeQuery(CompiledQuery.raw('begin'));
      await pooled.executeQuery(CompiledQuery.raw('rollback'));
    }
    current = direct;
  }
  directCapables.set(connection, { pooled, move, giveBack });
  return connection;
}
