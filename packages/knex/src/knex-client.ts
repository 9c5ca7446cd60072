import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { PgClient } from '@azure-pg/pg';
import knex, { type Knex } from 'knex';
import type pg from 'pg';
import type { Runner } from './driver-faults/streams.ts';

/** A connection of Knex's pool. */
export type KnexConnection = PgClient & {
  /** Why the pool lends it no more. */
  __knex__disposed?: unknown;
  release?: (error?: unknown) => void;
  readonly connection: { readonly stream: Socket };
};

/** A query of Knex's, and from when it is answered what pg said. */
export interface KnexQuery {
  readonly sql: string;
  readonly response?: { readonly command: string };
}

/** What is used of tarn's pool. */
export interface KnexPool {
  release(connection: object): boolean;
  destroy(): Promise<unknown>;
}

/** What is used of Knex's client for PostgreSQL, but for what is overridden by accessors; its types leave most of it out. */
export interface KnexClient {
  readonly config: Knex.Config;
  version?: string | undefined;
  pool?: KnexPool | undefined;
  /** False where the program made the pool. Knex before 3.3 knows no such pools. */
  readonly _ownsPool?: boolean;
  /** In a transaction. */
  readonly transacting?: boolean;
  _driver(): typeof pg;
  _acquireOnlyConnection(): Promise<KnexConnection>;
  acquireRawConnection(): Promise<KnexConnection>;
  releaseConnection(connection: KnexConnection): Promise<void>;
  validateConnection(connection: KnexConnection): boolean | Promise<boolean>;
  checkVersion(connection: KnexConnection): Promise<string>;
  setSchemaSearchPath(connection: KnexConnection): Promise<unknown>;
  cancelQuery(connection: KnexConnection): Promise<unknown>;
  _query(connection: KnexConnection, query: KnexQuery): Promise<KnexQuery>;
  transaction(container: unknown, ...others: unknown[]): unknown;
  runner(builder: unknown): Runner;
  _stream(connection: KnexConnection, query: unknown, stream: Duplex, options: unknown): Promise<unknown>;
  getPoolSettings(config?: Knex.PoolConfig): object;
  poolDefaults(): { min: number; max: number };
  initializePool(config?: Knex.Config): void;
  destroy(callback?: unknown): Promise<void>;
}

// Knex exports the classes of no dialect. Without a connection, this neither loads the driver nor makes a pool.
const instance: Knex = knex({ client: 'pg' });

/** Knex's own client for PostgreSQL, over pg. */
export const BareClient: new (config: Knex.Config) => KnexClient = (instance.client as object)
  .constructor as never;

/** What Knex's migrators have in common. */
export const migratorPrototype: object = Object.getPrototypeOf(instance.migrate);
