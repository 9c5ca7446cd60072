import type { ContractAdapter, ContractClient, Query } from '@azure-pg/contract';
import driver from 'pg';
import { createPool } from '../src/index.ts';

/** The driver brought to the shape that the contract speaks. */
const clientOf = (pool: driver.Pool): ContractClient => {
  const queryOn =
    (client: Pick<driver.Pool, 'query'>): Query =>
    async (sql, parameters = []) =>
      (await client.query(sql, [...parameters])).rows;
  return {
    raw: pool,
    query: queryOn(pool),
    async transaction(work) {
      const client = await pool.connect();
      const ignore = (): void => {};
      client.on('error', ignore);
      try {
        await client.query('begin');
        const result = await work(queryOn(client));
        await client.query('commit');
        return result;
      } catch (error) {
        await client.query('rollback').catch(() => {});
        throw error;
      } finally {
        client.off('error', ignore);
        client.release();
      }
    },
    end: () => pool.end(),
  };
};

const adapter: ContractAdapter = {
  commitsByHand: true,
  open: ({ url, options, max }) =>
    clientOf(createPool(url, { ...options, ...(max === undefined ? {} : { max }) })),
  openBare: ({ ca, ...server }) => clientOf(new driver.Pool({ ...server, ssl: { ca } })),
};

export default adapter;
