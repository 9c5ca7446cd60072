import pg from 'pg';
import { type ExtendedClasses, extend } from './extend.ts';
import type { ClientClass, PoolClass } from './own-classes.ts';

const classes: ExtendedClasses = extend(pg);

/** A client of node-postgres that signs in to Azure without a password, verifies the server and obeys the pooler. */
export const Client: ClientClass = classes.Client;
export type Client = pg.Client;

/**
 * pg's `Pool`, whose clients sign in to Azure without a password, verify the server and obey the pooler. The settings are read once, when
 * the pool is made. An idle connection that breaks while nobody listens to the pool's `error` event causes a warning (by `logger`, otherwise as a
 * Node.js warning) instead of ending the process.
 */
export const Pool: PoolClass = classes.Pool;
export type Pool = pg.Pool;
