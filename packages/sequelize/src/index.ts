/**
 * Sequelize 6 for Azure Database for PostgreSQL: `new Sequelize(azurePostgres(url))` instead of `new Sequelize(url)`.
 *
 * @packageDocumentation
 */
export { azurePostgres } from './azure-postgres.ts';
export { directOptions, withDirect } from './direct.ts';
export type { AzurePostgresOptions } from './options.ts';
export { runTransaction, type TransactionOptions } from './run-transaction.ts';
