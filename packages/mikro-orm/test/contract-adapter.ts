import type { ContractAdapter, ContractClient, Query } from '@azure-pg/contract';
import { type EntityManager, MikroORM, type Options } from '@mikro-orm/postgresql';
import { CompiledQuery, type Kysely } from 'kysely';
import { azurePostgres, runTransaction } from '../src/index.ts';

// MikroORM writes parameters into its texts; the contract's go to the server by Kysely, which is below it.
const queryOn =
  (kysely: () => Kysely<unknown>): Query =>
  async (sql, parameters = []) =>
    (await kysely().executeQuery<Record<string, unknown>>(CompiledQuery.raw(sql, [...parameters]))).rows;
const inside = (em: EntityManager): Query =>
  queryOn(() => em.getTransactionContext() as unknown as Kysely<unknown>);

function over(options: Options): ContractClient {
  const orm = new MikroORM({ ...options, entities: [], discovery: { warnWhenNoEntities: false } });
  return {
    raw: orm,
    query: queryOn(() => orm.em.getConnection().getClient() as unknown as Kysely<unknown>),
    transaction: (work) => orm.em.fork().transactional((em) => work(inside(em as EntityManager))),
    runTransaction: (work, how) => runTransaction(orm.em.fork(), (em) => work(inside(em)), how),
    end: () => orm.close(),
  };
}

const adapter: ContractAdapter = {
  queryTimeoutOption: 'query_timeout',
  open: ({ url, options, max }) =>
    over(azurePostgres(url, { ...options, ...(max === undefined ? {} : { max }) })),
  openBare: ({ ca, database, ...server }) =>
    over({ ...server, dbName: database, driverOptions: { ssl: { ca } } }),
};

export default adapter;
