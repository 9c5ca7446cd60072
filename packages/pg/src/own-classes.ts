import type pg from 'pg';
import type { ClientState } from './client-state.ts';
import type { Driver } from './driver-client.ts';
import type { ClientConfig, PoolConfig } from './options.ts';

/** The class of clients: pg's own, which also takes the settings of `resolveConnection`. */
export interface ClientClass {
  /**
   * @param config a connection string, pg's config with our settings, or nothing: the environment says everything.
   * @throws AzurePgError `INVALID_CONNECTION_STRING`, `INVALID_SETTING` or `POOLER_UNSUPPORTED`, with the setting and where it came from.
   */
  new (config?: string | ClientConfig): pg.Client;
  readonly prototype: pg.Client;
  readonly Query: typeof pg.Query;
}

/** The class of pools: pg's own, which also takes the settings of `resolveConnection`. */
export interface PoolClass {
  /**
   * @param config a connection string, pg's config with our settings, or nothing: the environment says everything.
   * @throws AzurePgError `INVALID_CONNECTION_STRING`, `INVALID_SETTING` or `POOLER_UNSUPPORTED`, with the setting and where it came from.
   */
  new (config?: string | PoolConfig): pg.Pool;
  readonly prototype: pg.Pool;
}

/** Whether a config is for us. What is not is for pg, to the letter: so it is where `register` put our classes in the place of pg's. */
export type Takes = (config: unknown) => boolean;

/** What our classes of clients say of themselves. */
export interface OwnClass {
  readonly driver: Driver;
  readonly takes: Takes;
}

// Registered, so that a pool knows the clients of another copy of this package.
export const own: unique symbol = Symbol.for('@azure-pg/pg.client');

/** Whether a class of clients is ours, of whatever copy of this package and of pg, or extends one that is. */
export function isClientClass(value: unknown): value is { readonly [own]: OwnClass } {
  return typeof value === 'function' && own in value;
}

/** The copy of pg that a class of clients of ours extends. */
export const driverOf = (value: unknown): Driver | undefined =>
  isClientClass(value) ? value[own].driver : undefined;

/** What is known of a client of ours, of whatever copy of this package; undefined for any other. */
export function clientState(client: object): ClientState | undefined {
  return isClientClass(client.constructor) ? (client as { [own]?: ClientState })[own] : undefined;
}
