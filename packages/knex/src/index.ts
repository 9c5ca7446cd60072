/**
 * Knex for Azure Database for PostgreSQL, over node-postgres: `client: AzureKnexClient` instead of `client: 'pg'`.
 *
 * @packageDocumentation
 */
export { azureConnection } from './azure-connection.ts';
export { AzureKnexClient } from './client.ts';
export { runTransaction, type TransactionOptions } from './run-transaction.ts';
