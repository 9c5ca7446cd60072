import type postgres from './postgres.ts';

/** The driver's options and ours. */
export type Options<T extends Record<string, postgres.PostgresType>> = postgres.Options<T>;
export type * from './driver-names.ts';
export { type PoolOfInstance, poolOf } from './pool-of.ts';
export { default } from './postgres.ts';
export { runTransaction, type TransactionOptions } from './run-transaction.ts';
