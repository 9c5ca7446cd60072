/**
 * TypeORM for Azure Database for PostgreSQL, over node-postgres: `driver: azurePg(url)` instead of `url`.
 *
 * @packageDocumentation
 */
export { type AzurePgDriver, azurePg } from './azure-pg.ts';
export { runTransaction, type TransactionOptions } from './run-transaction.ts';
