import type { DatabaseConnection, Driver, TransactionSettings } from 'kysely';
import type { Routes } from './twin-driver.ts';

const twins = new WeakMap<DatabaseConnection, Twin>();

/** A connection over the pool that can move past the pooler, and stays there until it is given back. */
export class Twin {
  /** What Kysely gets: always the one of the two that is in use, whatever it and its driver ask of it. */
  readonly connection: DatabaseConnection;
  readonly pooled: DatabaseConnection;
  readonly #routes: Routes;
  #direct: { readonly driver: Driver; readonly connection: DatabaseConnection } | undefined;
  #transaction: TransactionSettings | undefined;
  #used = false;

  /** The twin behind a connection that Kysely holds. */
  static of(connection: DatabaseConnection): Twin | undefined {
    return twins.get(connection);
  }

  constructor(pooled: DatabaseConnection, routes: Routes) {
    this.pooled = pooled;
    this.#routes = routes;
    // Kysely puts a logging executeQuery in the place of the connection's own; that must outlast a move.
    const replaced = new Map<PropertyKey, unknown>();
    const current = (): DatabaseConnection => this.#direct?.connection ?? pooled;
    this.connection = new Proxy(pooled, {
      get: (_pooled, name) => {
        if (replaced.has(name)) return replaced.get(name);
        const member: unknown = Reflect.get(current(), name);
        if (typeof member !== 'function') return member;
        return (...values: unknown[]) => {
          this.#used = true;
          return Reflect.apply(Reflect.get(current(), name), current(), values);
        };
      },
      set: (_pooled, name, value) => replaced.set(name, value) === replaced,
    });
    twins.set(this.connection, this);
  }

  began(settings: TransactionSettings): void {
    this.#transaction = settings;
    this.#used = false;
  }

  ended(): void {
    this.#transaction = undefined;
  }

  /**
   * Moves past the pooler, if one is in the way. A transaction that has just begun (Kysely 0.28 locks in one) begins anew there; one that
   * has done something already stays, and the pooler keeps its server for it.
   */
  async move(): Promise<void> {
    if (this.#direct !== undefined || (this.#transaction !== undefined && this.#used)) return;
    const driver = this.#routes.direct();
    if (driver === undefined) return;
    let connection: DatabaseConnection | undefined;
    try {
      await driver.init();
      connection = await driver.acquireConnection();
      if (this.#transaction !== undefined) {
        await driver.beginTransaction(connection, this.#transaction);
        await this.#routes.driver.rollbackTransaction(this.pooled);
      }
      this.#direct = { driver, connection };
    } catch (error) {
      await close(driver, connection);
      throw error;
    }
  }

  /** Comes back to the pooler and closes what was opened beside it. */
  async return(): Promise<void> {
    const direct = this.#direct;
    this.#direct = undefined;
    this.#transaction = undefined;
    if (direct !== undefined) await close(direct.driver, direct.connection);
  }
}

async function close(driver: Driver, connection: DatabaseConnection | undefined): Promise<void> {
  try {
    if (connection !== undefined) await driver.releaseConnection(connection);
  } finally {
    await driver.destroy();
  }
}
