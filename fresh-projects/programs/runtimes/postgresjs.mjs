import postgres from '@azure-pg/postgresjs';
import { run } from './essentials.mjs';

await run((url, options) => {
  const sql = postgres(url, { max: 3, backoff: () => 0.05, onnotice: () => {}, ...options });
  const queryOn = (one) => async (text, parameters) => [...(await one.unsafe(text, parameters))];
  return {
    query: queryOn(sql),
    transaction: (work) => sql.begin((transaction) => work(queryOn(transaction))),
    async cancelled(text) {
      const query = sql.unsafe(text).execute();
      setTimeout(() => query.cancel(), 500);
      return await query;
    },
    end: () => sql.end(),
  };
});
