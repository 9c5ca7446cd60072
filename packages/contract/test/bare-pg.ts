import pg from 'pg';
import type { ContractAdapter, ContractClient, PlainServer, Query } from '../src/index.ts';
import { plainServer } from './plain-server.ts';

async function withClient<T>(pool: pg.Pool, work: (query: Query) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  const ignore = (): void => {};
  client.on('error', ignore);
  try {
    return await work(async (sql, parameters = []) => (await client.query(sql, [...parameters])).rows);
  } finally {
    client.off('error', ignore);
    client.release();
  }
}

function open({ ca, ...server }: PlainServer, max?: number, options: object = {}): ContractClient {
  const pool = new pg.Pool({ ...server, ...options, ssl: { ca }, ...(max === undefined ? {} : { max }) });
  pool.on('error', () => {});
  return {
    raw: pool,
    query: async (sql, parameters = []) => (await pool.query(sql, [...parameters])).rows,
    // As pg's documentation has it: nobody tells the pool that a client is broken.
    transaction: (work) =>
      withClient(pool, async (query) => {
        await query('begin');
        try {
          const result = await work(query);
          await query('commit');
          return result;
        } catch (error) {
          await query('rollback').catch(() => {});
          throw error;
        }
      }),
    reserve: (work) => withClient(pool, work),
    end: () => pool.end(),
  };
}

const adapter: ContractAdapter = {
  queryTimeoutOption: 'query_timeout',
  commitsByHand: true,
  reserves: true,
  open: ({ url = '', max, options }) => open(plainServer(url), max, options),
  openBare: (server) => open(server),
};

export default adapter;
