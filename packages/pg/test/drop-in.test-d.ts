// A program written for pg, with one line changed. It is compiled, not run.
import type { TokenCredential } from '@azure/identity';
import pg, {
  Client,
  type ClientConfig,
  Connection,
  type CustomTypesConfig,
  DatabaseError,
  defaults,
  directPool,
  escapeIdentifier,
  escapeLiteral,
  type Notification,
  Pool,
  type PoolClient,
  type PoolConfig,
  poolConfig,
  Query,
  type QueryArrayResult,
  type QueryConfig,
  type QueryResult,
  type QueryResultRow,
  Result,
  type Submittable,
  TypeOverrides,
  types,
  withDirect,
} from '@azure-pg/pg';
import bare from 'pg';

interface User extends QueryResultRow {
  id: number;
  name: string;
}
declare const credential: TokenCredential;

export async function program(): Promise<void> {
  const config: PoolConfig = {
    host: 'localhost',
    port: 5432,
    user: process.env.PGUSER,
    password: async () => 'secret',
    ssl: { ca: 'pem', rejectUnauthorized: true },
    max: 5,
    idleTimeoutMillis: null,
    log: (...messages) => void messages,
    verify: (client, done) => done(client.database === undefined ? new Error() : undefined),
    Client,
  };
  const pool: Pool = new Pool(config);
  const text: string | undefined = pool.options.connectionString;
  pool.on('error', (error: Error, client: PoolClient) => void [error, client, text]);

  const result: QueryResult<User> = await pool.query<User>('SELECT $1', ['x']);
  const name: string = result.rows[0]?.name ?? '';
  const arrays: QueryArrayResult<[number]> = await pool.query<[number]>({
    text: 'SELECT 1',
    rowMode: 'array',
  });
  const query: QueryConfig = { name: 'one', text: 'SELECT 1', values: [arrays.rows[0]?.[0], name] };
  pool.query(query, (error: Error, rows: QueryResult) => void [error, rows]);

  const client: PoolClient = await pool.connect();
  client.release(true);
  pool.connect((error, lent, done) => (error ? done(error) : lent?.release()));

  const single: Client = new Client('postgres://localhost');
  await single.connect();
  single.connect((error: Error | null) => void error);
  single.on('notification', (message: Notification) => message.payload);
  single.setTypeParser(20, BigInt);
  const submitted: Query<User> = single.query(new Query<User>('SELECT 1'));
  submitted.on('row', (row) => row.name.length);
  await single.end();

  class MyClient extends Client {
    constructor(own?: string | ClientConfig) {
      super(own);
    }
  }
  class MyPool extends Pool {}
  const mine: pg.Pool = new MyPool({ Client: MyClient });
  const nameSpaced: pg.Client = new pg.Client();
  const settings: pg.PoolConfig = { connectionString: '' };
  void [
    mine,
    nameSpaced,
    settings,
    pg.types.builtins.INT8,
    types.builtins.DATE,
    defaults.poolSize,
    pg.defaults,
  ];
  void [escapeIdentifier('a'), escapeLiteral('b'), new TypeOverrides(), new Result('', types), Connection];
  try {
    await pool.end();
  } catch (error) {
    if (error instanceof DatabaseError) void [error.code, error.constraint];
  }
}

/** What is made here fits where pg's own is asked for, and the other way round. */
export function exchange(
  theirs: bare.PoolConfig,
  submittable: Submittable,
  parsers: CustomTypesConfig,
): void {
  const pool: bare.Pool = new Pool({ ...theirs, types: parsers });
  const client: bare.Client = new Client(theirs as bare.ClientConfig);
  const config: bare.PoolConfig = { max: 1 } satisfies PoolConfig;
  const clientConfig: bare.ClientConfig = {} as ClientConfig;
  pool.query(submittable);
  void [
    client,
    config,
    clientConfig,
    new bare.Pool(poolConfig('postgres://localhost', { max: 1, pg: bare })),
  ];
}

/** Our own settings, typed. */
export async function additions(): Promise<void> {
  const pool = new Pool({
    connectionString: 'postgres://x.postgres.database.azure.com/db',
    credential,
    auth: 'entra',
    poolMode: 'transaction',
    maxPreparedStatements: 200,
    sessionFeatures: 'error',
    logger: console,
  });
  const direct: Pool = directPool(pool, { max: 1 });
  const rows: number = await withDirect(
    pool,
    async (client) => (await client.query('SELECT 1')).rowCount ?? 0,
  );
  void [direct, rows];
  // @ts-expect-error an unknown option
  new Pool({ poolMod: 'transaction' });
  // @ts-expect-error an impossible value
  new Pool({ poolMode: 'transactional' });
  // @ts-expect-error a socket of the caller's is not for verifying
  poolConfig(7);
}
