import type { ContractAdapter, ContractClient, Query } from '@azure-pg/contract';
import { Sequelize, type Transaction } from 'sequelize';
import { azurePostgres, runTransaction } from '../src/index.ts';

export const clientOf = (sequelize: Sequelize): ContractClient => {
  const queryIn =
    (transaction: Transaction | null): Query =>
    async (sql, parameters = []) => {
      const bind = parameters.length === 0 ? {} : { bind: [...parameters] };
      const [rows] = await sequelize.query(sql, { transaction, ...bind });
      return rows as Record<string, unknown>[];
    };
  return {
    raw: sequelize,
    query: queryIn(null),
    transaction: (work) => sequelize.transaction((transaction) => work(queryIn(transaction))),
    runTransaction: (work, options) =>
      runTransaction(sequelize, (transaction) => work(queryIn(transaction)), options),
    end: () => sequelize.close(),
  };
};

const adapter: ContractAdapter = {
  queryTimeoutOption: 'query_timeout',
  open({ url, options, max }) {
    const pool = max === undefined ? {} : { pool: { max } };
    return clientOf(new Sequelize(azurePostgres(url, { ...options, ...pool, logging: false })));
  },
  openBare: ({ ca, user, ...server }) =>
    clientOf(
      new Sequelize({
        ...server,
        username: user,
        dialect: 'postgres',
        dialectOptions: { ssl: { ca } },
        logging: false,
      }),
    ),
  sqlState: (error) => (error as { original?: { code?: unknown } }).original?.code,
};

export default adapter;
