import type { ContractAdapter, ContractClient } from '@azure-pg/contract';
import { DataSource, type DataSourceOptions, type QueryRunner } from 'typeorm';
import { azurePg, runTransaction } from '../src/index.ts';

const onRunner =
  (runner: QueryRunner): ContractClient['query'] =>
  async (sql, parameters = []) =>
    (await runner.query(sql, [...parameters], true)).records;

const clientOf = (options: Partial<DataSourceOptions>): ContractClient => {
  const dataSource = new DataSource({ type: 'postgres', logging: false, ...options } as DataSourceOptions);
  let initialized: Promise<DataSource> | undefined;
  // A program's readiness probe: one that failed is tried again.
  const ready = async (): Promise<DataSource> => {
    initialized ??= dataSource.initialize();
    try {
      return await initialized;
    } catch (error) {
      initialized = undefined;
      throw error;
    }
  };
  const reserve = async <T>(work: (query: ContractClient['query']) => Promise<T>): Promise<T> => {
    const runner = (await ready()).createQueryRunner();
    try {
      return await work(onRunner(runner));
    } finally {
      await runner.release();
    }
  };
  return {
    raw: dataSource,
    query: (sql, parameters) => reserve((query) => query(sql, parameters)),
    transaction: async (work) =>
      (await ready()).transaction((manager) => work(onRunner(manager.queryRunner as QueryRunner))),
    runTransaction: async (work, given) =>
      runTransaction(await ready(), (manager) => work(onRunner(manager.queryRunner as QueryRunner)), given),
    reserve,
    async end() {
      await initialized?.catch(() => {});
      if (dataSource.isInitialized) await dataSource.destroy();
    },
  };
};

const adapter: ContractAdapter = {
  queryTimeoutOption: 'query_timeout',
  reserves: true,
  open: ({ url, options, max }) =>
    clientOf({ driver: azurePg(url, options), ...(max === undefined ? {} : { poolSize: max }) } as object),
  openBare: ({ ca, user, ...server }) => clientOf({ ...server, username: user, ssl: { ca } } as object),
};

export default adapter;
