import postgres from 'postgres';
import type { ContractAdapter, ContractClient, PlainServer } from '../src/index.ts';
import { plainServer } from './plain-server.ts';

type Unsafe = { unsafe(sql: string, parameters: never[]): Promise<object> };

const queryOn =
  (sql: Unsafe): ContractClient['query'] =>
  async (text, parameters = []) => [
    ...((await sql.unsafe(text, [...parameters] as never[])) as Record<string, unknown>[]),
  ];

function open({ ca, ...server }: PlainServer, max?: number): ContractClient {
  // The driver's own backoff, up to 20 s after a few failures, would make the restarts of this suite slow.
  const sql = postgres({
    ...server,
    ssl: { ca },
    prepare: false,
    onnotice: () => {},
    backoff: () => 0.05,
    ...(max === undefined ? {} : { max }),
  });
  return {
    raw: sql,
    query: queryOn(sql),
    transaction: async (work) => (await sql.begin((transaction) => work(queryOn(transaction)))) as never,
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
      return { answer: query.then((rows) => [...rows]), abort: () => query.cancel() };
    },
    end: () => sql.end(),
  };
}

const adapter: ContractAdapter = {
  reserves: true,
  aborts: true,
  open: ({ url = '', max }) => open(plainServer(url), max),
  openBare: (server) => open(server),
};

export default adapter;
