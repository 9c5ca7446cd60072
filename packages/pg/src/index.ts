/**
 * node-postgres for Azure Database for PostgreSQL: `import { Pool } from '@azure-pg/pg'` instead of `from 'pg'`.
 *
 * @packageDocumentation
 */
export {
  type AzureConnection,
  AzurePgError,
  type AzurePgErrorCode,
  type ConnectionOptions,
  type TokenCredential,
} from '@azure-pg/core';
export * from './node-postgres.ts';
export * as default from './node-postgres.ts';
