import type { ContractAdapter, ContractClient } from '@azure-pg/contract';
import driver from 'postgres';
import postgres, { runTransaction } from '../src/index.ts';

type Row = Record<string, unknown>;

const queryOn =
  (sql: Pick<postgres.ISql, 'unsafe'>): ContractClient['query'] =>
  async (text, parameters = []) => [...((await sql.unsafe(text, [...parameters] as never[])) as Row[])];

const clientOf = (sql: postgres.Sql): ContractClient => ({
  raw: sql,
  query: queryOn(sql),
  transaction: async (work) => (await sql.begin((transaction) => work(queryOn(transaction)))) as never,
  runTransaction: (work, options) =>
    runTransaction(sql, (transaction) => work(queryOn(transaction)), options),
  async reserve(work) {
    const reserved = await sql.reserve();
    try {
      return await work(queryOn(reserved));
    } finally {
      reserved.release();
    }
  },
  abortable(text) {
    const query = sql.unsafe(text);
    return { answer: query.then((rows) => [...(rows as Row[])]), abort: () => query.cancel() };
  },
  end: () => sql.end(),
});

// The driver's own backoff, up to 20 s after a few failures, would make the restarts slow.
const backoff = (): number => 0.05;
// The notices of a server that stops, which the driver would print.
const onnotice = (): void => {};

const adapter: ContractAdapter = {
  queryTimeoutOption: 'query_timeout',
  reserves: true,
  aborts: true,
  open({ url, options, max }) {
    const all = { ...options, backoff, onnotice, ...(max === undefined ? {} : { max }) };
    return clientOf(url === undefined ? postgres(all) : postgres(url, all));
  },
  openBare: ({ ca, ...server }) => clientOf(driver({ ...server, ssl: { ca } })),
};

export default adapter;
