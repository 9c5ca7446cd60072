// Programs written for Kysely's dialects, with that one line changed. They are compiled, by `pnpm typecheck`, and never run.

import type { TokenCredential } from '@azure-pg/pg';
import { type Pool as AzurePool, Pool } from '@azure-pg/pg';
import azurePostgres from '@azure-pg/postgresjs';
import { type Dialect, type Generated, Kysely, type PostgresDialect } from 'kysely';
import type { PostgresJSDialect } from 'kysely-postgres-js';
import pg from 'pg';
import Cursor from 'pg-cursor';
import postgres from 'postgres';
import { AzurePostgresDialect, type AzurePostgresDialectConfig } from '../src/index.ts';
import { AzurePostgresDialect as OverPostgresJs } from '../src/postgres-js.ts';

interface Database {
  person: { id: Generated<number>; name: string };
}
declare const credential: TokenCredential;
declare const pool: AzurePool;

const dialects: Dialect[] = [
  // As PostgresDialect takes it.
  new AzurePostgresDialect({ pool: new pg.Pool({ host: 'localhost', max: 10 }) }),
  new AzurePostgresDialect({ pool: async () => new Pool('postgres://localhost'), cursor: Cursor }),
  new AzurePostgresDialect({ pool, onCreateConnection: async (connection) => void connection }),
  new AzurePostgresDialect(),
  new AzurePostgresDialect('postgres://localhost/app'),
  new AzurePostgresDialect({ connectionString: 'postgres://localhost/app', credential, max: 5 }),
  // As PostgresJSDialect takes it.
  new OverPostgresJs({ postgres: postgres({ host: 'localhost', max: 10 }) }),
  new OverPostgresJs({ postgres: azurePostgres('postgres://localhost/app') }),
  new OverPostgresJs({ postgres: async () => azurePostgres('postgres://localhost/app') }),
  new OverPostgresJs(),
  new OverPostgresJs('postgres://localhost/app'),
  new OverPostgresJs({ url: 'postgres://localhost/app', credential, max: 5, transform: { undefined: null } }),
  new OverPostgresJs({ connectionString: 'postgres://localhost/app', poolMode: 'transaction' }),
];

// @ts-expect-error There is no such option.
const wrong: AzurePostgresDialectConfig = { conectionString: 'postgres://localhost/app' };

// Where Kysely's own is asked for.
const asKyselys: PostgresDialect = new AzurePostgresDialect();
const asPostgresJs: PostgresJSDialect = new OverPostgresJs();

const [dialect = new AzurePostgresDialect()] = dialects;
const db = new Kysely<Database>({ dialect });
const names: string[] = (await db.selectFrom('person').select('name').execute()).map(({ name }) => name);

export { asKyselys, asPostgresJs, names, wrong };
