import type { Dialect } from 'kysely';
import { AzurePostgresDialect as OverPg } from '../src/index.ts';
import { AzurePostgresDialect as OverPostgresJs } from '../src/postgres-js.ts';

/** Both entries of the package, for tests that hold for each. */
export const entries: readonly (readonly [string, (url: string, max?: number) => Dialect])[] = [
  ['pg', (connectionString, max = 4) => new OverPg({ connectionString, max })],
  ['postgres.js', (url, max = 4) => new OverPostgresJs({ url, max, onnotice: () => {} })],
];

/** Kysely 0.28 can neither cancel nor be given a transaction to migrate in. */
export const oldest: boolean = process.env.DRIVER_VERSION_UNDER_TEST === 'oldest';
