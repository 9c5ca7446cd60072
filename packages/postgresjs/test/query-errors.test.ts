import { rejection, type Stand, startStand } from '@azure-pg/contract';
import driver from 'postgres';
import oldest from 'postgres-oldest';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import postgres from '../src/index.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand();
});
afterAll(() => stand.stop());

const open: postgres.Sql[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((sql) => sql.end({ timeout: 0 })));
});

describe.each(['direct', 'adversarial'] as const)('an error, %s', (route) => {
  function opened(options: Parameters<typeof postgres>[1] = {}): postgres.Sql {
    const sql = postgres(stand.passwordUrl(route), { max: 1, ...options });
    open.push(sql);
    return sql;
  }

  type Ask = (sql: postgres.Sql) => Promise<unknown>;
  const inTransaction: Ask = (sql) => sql.begin((transaction) => askWrongly(transaction));
  const scopes: [string, Ask][] = [
    ['sql', (sql) => askWrongly(sql)],
    ['sql.begin', inTransaction],
    ['savepoint', (sql) => sql.begin((transaction) => transaction.savepoint((inner) => askWrongly(inner)))],
    [
      'sql.reserve',
      async (sql) => {
        const reserved = await sql.reserve();
        await askWrongly(reserved).finally(() => reserved.release());
      },
    ],
  ];

  // 3.4.0 gives no line on a reserved connection.
  const named = scopes.filter(([name]) => name !== 'sql.reserve' || (driver as unknown) !== oldest);
  test.each(named)('of a query of %s names the line of the program', async (_name, ask) => {
    const sql = opened();
    // The second time it comes from the driver's memory.
    for (let time = 0; time < 2; time++) {
      const { stack } = (await rejection(ask(sql))) as Error;
      expect(stack).toMatch(/askWrongly .*query-errors\.test\.ts/);
    }
  });

  test('names it although the same template was used in another scope before', async () => {
    const sql = opened();
    await rejection(askWrongly(sql));
    const { stack } = (await rejection(inTransaction(sql))) as Error;
    expect(stack).toMatch(/askWrongly .*query-errors\.test\.ts/);
  });

  test('has the whole stack with debug', async () => {
    const { stack } = (await rejection(inTransaction(opened({ debug: true })))) as Error;
    expect(stack?.match(/query-errors\.test\.ts/g)?.length).toBeGreaterThan(1);
  });

  test.each(['sql', 'sql.begin'])(
    'of making a text of what unsafe was given rejects the query of %s',
    async (scope) => {
      const sql = opened();
      const problem = new Error('no text');
      const text = {
        toString() {
          throw problem;
        },
      } as unknown as string;
      const asked = scope === 'sql' ? sql.unsafe(text) : sql.begin((transaction) => transaction.unsafe(text));
      expect(await rejection(asked)).toMatchObject({ message: 'no text' });
      expect(await sql`select 1 as x`).toEqual([{ x: 1 }]);
    },
  );
});

function askWrongly(sql: postgres.ISql): postgres.PendingQuery<postgres.Row[]> {
  return sql`select * from there_is_none`;
}
