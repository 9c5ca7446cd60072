import type { ContractAdapter, ContractClient } from '@azure-pg/contract';
import knex, { type Knex } from 'knex';
import { AzureKnexClient, azureConnection, runTransaction } from '../src/index.ts';

/** Knex's placeholders for PostgreSQL's, in the order of the text. */
function raw(db: Knex, sql: string, parameters: readonly unknown[]): Knex.Raw {
  const bindings: unknown[] = [];
  const text = sql.replaceAll('?', '\\?').replace(/\$(\d+)/g, (_, number) => {
    bindings.push(parameters[Number(number) - 1]);
    return '?';
  });
  return db.raw(text, bindings as Knex.RawBinding[]);
}

const queryOn =
  (db: Knex, connection?: unknown): ContractClient['query'] =>
  async (sql, parameters = []) => {
    const query = raw(db, sql, parameters);
    return (await (connection === undefined ? query : query.connection(connection as never))).rows;
  };

const clientOf = (config: Knex.Config): ContractClient => {
  const db = knex({ ...config, log: { warn() {} } });
  return {
    raw: db,
    query: queryOn(db),
    transaction: (work) => db.transaction((trx) => work(queryOn(trx))),
    runTransaction: (work, options) => runTransaction(db, (trx) => work(queryOn(trx)), options),
    async reserve(work) {
      const connection = await db.client.acquireConnection();
      try {
        return await work(queryOn(db, connection));
      } finally {
        await db.client.releaseConnection(connection);
      }
    },
    end: () => db.destroy(),
  };
};

const adapter: ContractAdapter = {
  queryTimeoutOption: 'query_timeout',
  reserves: true,
  open: ({ url, options, max }) =>
    clientOf({
      client: AzureKnexClient,
      connection:
        url !== undefined && Object.keys(options).length === 0 ? url : azureConnection(url, options),
      pool: max === undefined ? {} : { min: 0, max },
    }),
  openBare: ({ ca, ...server }) =>
    clientOf({ client: 'pg', connection: { ...server, ssl: { ca } }, pool: { min: 0 } }),
};

export default adapter;
