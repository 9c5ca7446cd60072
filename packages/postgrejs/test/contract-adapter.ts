import type { ContractAdapter, ContractClient, Query } from '@azure-pg/contract';
import * as driver from 'postgrejs';
import { Pool } from '../src/index.ts';

/** The driver gives no more than a hundred rows where nothing is said. */
const queryOptions = { objectRows: true, fetchCount: 2 ** 31 - 1 };

/** The driver takes a text that looks like a UUID for one; type 0 leaves it to the server. */
const untyped = (value: unknown): unknown =>
  typeof value === 'string' ? new driver.BindParam(0, value) : value;

/** The driver brought to the shape that the contract speaks. */
const clientOf = (pool: driver.Pool): ContractClient => {
  const queryOn =
    (client: Pick<driver.Pool, 'query'>): Query =>
    async (sql, parameters = []) =>
      ((await client.query(sql, { ...queryOptions, params: parameters.map(untyped) })).rows ?? []) as Awaited<
        ReturnType<Query>
      >;
  return {
    raw: pool,
    query: queryOn(pool),
    async reserve(work) {
      const client = await pool.acquire();
      try {
        return await work(queryOn(client));
      } finally {
        await client.close();
      }
    },
    async transaction(work) {
      const client = await pool.acquire();
      try {
        await client.startTransaction();
        const result = await work(queryOn(client));
        await client.commit();
        return result;
      } catch (error) {
        await client.rollback().catch(() => {});
        throw error;
      } finally {
        await client.close();
      }
    },
    end: () => pool.close(),
  };
};

const adapter: ContractAdapter = {
  commitsByHand: true,
  reserves: true,
  open: ({ url, options, max }) =>
    clientOf(new Pool(url, { ...options, ...(max === undefined ? {} : { max }) })),
  openBare: ({ ca, ...server }) => clientOf(new driver.Pool({ ...server, ssl: { ca } })),
};

export default adapter;
