/**
 * Kysely for Azure Database for PostgreSQL, over node-postgres: `new AzurePostgresDialect(url)` instead of `new PostgresDialect(…)`.
 *
 * @packageDocumentation
 */
export { AzurePostgresDialect, type AzurePostgresDialectConfig } from './dialect.ts';
