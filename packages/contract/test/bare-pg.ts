import pg from 'pg';
import type { ContractAdapter, ContractClient, PlainServer } from '../src/index.ts';
import { plainServer } from './plain-server.ts';

function open({ ca, ...server }: PlainServer, max?: number): ContractClient {
  const pool = new pg.Pool({ ...server, ssl: { ca }, ...(max === undefined ? {} : { max }) });
  pool.on('error', () => {});
  return {
    raw: pool,
    query: async (sql, parameters = []) => (await pool.query(sql, [...parameters])).rows,
    async transaction(work) {
      const client = await pool.connect();
      const ignore = (): void => {};
      client.on('error', ignore);
      let broken: unknown;
      try {
        await client.query('begin');
        const result = await work(
          async (sql, parameters = []) => (await client.query(sql, [...parameters])).rows,
        );
        await client.query('commit');
        return result;
      } catch (error) {
        await client.query('rollback').catch((reason) => {
          broken = reason;
        });
        throw error;
      } finally {
        client.off('error', ignore);
        client.release(broken !== undefined);
      }
    },
    end: () => pool.end(),
  };
}

const adapter: ContractAdapter = {
  open: ({ url = '', max }) => open(plainServer(url), max),
  openBare: (server) => open(server),
};

export default adapter;
