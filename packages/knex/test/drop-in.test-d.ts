import type { TokenCredential } from '@azure-pg/core';
import knex, { type Knex } from 'knex';
import { expectTypeOf, test } from 'vitest';
import { AzureKnexClient, azureConnection, runTransaction } from '../src/index.ts';

declare const credential: TokenCredential;

test('a config of Knex’s takes the client, with all that can be said', () => {
  const db = knex({
    client: AzureKnexClient,
    connection: azureConnection(process.env.DATABASE_URL, { credential, poolMode: 'transaction' }),
    pool: { min: 0, max: 5 },
    searchPath: ['app'],
    migrations: { directory: './migrations' },
  });
  expectTypeOf(db).toExtend<Knex>();
  expectTypeOf(knex({ client: AzureKnexClient, connection: 'postgres://db.example/app' })).toExtend<Knex>();
  expectTypeOf(runTransaction(db, async (trx) => (await trx('a')).length)).resolves.toBeNumber();
  // @ts-expect-error There is no such mode.
  azureConnection({ poolMode: 'sometimes' });
  // @ts-expect-error Nor such an option.
  azureConnection('postgres://db.example/app', { credentials: credential });
});

test('it can be extended', () => {
  class Mine extends AzureKnexClient {}
  const config: Knex.Config = { client: Mine, connection: { connectionString: 'postgres://db.example/app' } };
  expectTypeOf(config.client).not.toBeUndefined();
});
