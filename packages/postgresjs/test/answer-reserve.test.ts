import { type Stand, startStand } from '@azure-pg/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import postgres from '../src/index.ts';

describe('sql.reserve', () => {
  let stand: Stand;
  beforeAll(async () => {
    stand = await startStand();
  });
  afterAll(() => stand.stop());

  /** Two want the one connection; the server ends it while the second waits. */
  const secondOf = async (sql: postgres.Sql): Promise<postgres.ReservedSql> => {
    const first = await sql.reserve();
    const [{ pid = 0 } = {}] = await first<{ pid: number }[]>`select pg_backend_pid() as pid`;
    const second = sql.reserve();
    await stand.ordinary.query('select pg_terminate_backend($1)', [pid]);
    return second;
  };

  test('answers those who wait when a connection closes', async () => {
    const sql = postgres(stand.passwordUrl('direct'), { max: 1, backoff: () => 0.01 });
    const second = await secondOf(sql);
    // The driver brings up the farewell of a connection once more, on the next one.
    await second`select 0`.catch(() => {});
    expect([...(await second`select 1 as one`)]).toEqual([{ one: 1 }]);
    second.release();
    await sql.end();
  });
});
