import type { ContractAdapter, ContractClient } from '@azure-pg/contract';
import driver from 'pg';
import { Pool, runTransaction } from '../src/index.ts';

const clientOf = (pool: driver.Pool): ContractClient => ({
  raw: pool,
  query: async (sql, parameters = []) => (await pool.query(sql, [...parameters])).rows,
  // As pg's documentation has it: nobody tells the pool that a client is broken.
  async transaction(work) {
    const client = await pool.connect();
    try {
      await client.query('begin');
      const result = await work(
        async (sql, parameters = []) => (await client.query(sql, [...parameters])).rows,
      );
      await client.query('commit');
      return result;
    } catch (error) {
      await client.query('rollback').catch(() => {});
      throw error;
    } finally {
      client.release();
    }
  },
  runTransaction: (work, options) =>
    runTransaction(
      pool,
      (client) => work(async (sql, parameters = []) => (await client.query(sql, [...parameters])).rows),
      options,
    ),
  async reserve(work) {
    const client = await pool.connect();
    try {
      return await work(async (sql, parameters = []) => (await client.query(sql, [...parameters])).rows);
    } finally {
      client.release();
    }
  },
  end: () => pool.end(),
});

const adapter: ContractAdapter = {
  queryTimeoutOption: 'query_timeout',
  commitsByHand: true,
  reserves: true,
  open({ url, options, max }) {
    const all = { ...options, ...(max === undefined ? {} : { max }) };
    return clientOf(new Pool(url === undefined ? all : { ...all, connectionString: url }));
  },
  openBare({ ca, ...server }) {
    return clientOf(new driver.Pool({ ...server, ssl: { ca } }));
  },
};

export default adapter;
