/**
 * MikroORM 7 for Azure Database for PostgreSQL: `MikroORM.init({ ...azurePostgres(url), entities })` instead of `{ clientUrl: url, entities }`.
 *
 * @packageDocumentation
 */
export { azurePostgres, type ConnectionPart } from './azure-postgres.ts';
export { runTransaction, type TransactionOptions } from './run-transaction.ts';
