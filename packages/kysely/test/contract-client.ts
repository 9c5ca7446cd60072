import type { ContractClient } from '@azure-pg/contract';
import { CompiledQuery, type Dialect, Kysely } from 'kysely';
import { runTransaction } from '../src/index.ts';

/** Kysely over a dialect, as the contract speaks to it. */
export function clientOf(dialect: Dialect): ContractClient {
  const db = new Kysely<unknown>({ dialect });
  const queryOn =
    (executor: Kysely<unknown>): ContractClient['query'] =>
    async (sql, parameters = []) =>
      (await executor.executeQuery<Record<string, unknown>>(CompiledQuery.raw(sql, [...parameters]))).rows;
  return {
    raw: db,
    query: queryOn(db),
    transaction: (work) => db.transaction().execute((transaction) => work(queryOn(transaction))),
    runTransaction: (work, options) =>
      runTransaction(db, (transaction) => work(queryOn(transaction)), options),
    reserve: (work) => db.connection().execute((connection) => work(queryOn(connection))),
    abortable(sql) {
      const controller = new AbortController();
      const options = { signal: controller.signal, inflightQueryAbortStrategy: 'cancel query' } as const;
      const answer = db.executeQuery<Record<string, unknown>>(CompiledQuery.raw(sql), options);
      return { answer: answer.then(({ rows }) => rows), abort: () => controller.abort() };
    },
    end: () => db.destroy(),
  };
}
