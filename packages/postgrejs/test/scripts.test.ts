import { type Stand, startStand } from '@azure-pg/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Pool } from '../src/index.ts';

let stand: Stand;
beforeAll(async () => {
  stand = await startStand();
});
afterAll(() => stand.stop());

// The contract asks by `query`, which goes another way through the driver.
test.each(['direct', 'pooled'] as const)(
  'a script that fails leaves nothing for the next one to hear, %s',
  async (route) => {
    const pool = new Pool(stand.passwordUrl(route), { max: 1 });
    try {
      const connection = await pool.acquire();
      for (let turn = 0; turn < 5; turn++) {
        await expect(connection.execute('select 1 / 0')).rejects.toMatchObject({ code: '22012' });
        const { results } = await connection.execute('select 2 as two', { objectRows: true });
        expect(results.map(({ rows }) => rows)).toEqual([[{ two: 2 }]]);
      }
      await connection.close();
    } finally {
      await pool.close();
    }
  },
);

test('a statement that is prepared once is executed often, on whichever server', async () => {
  const pool = new Pool(stand.passwordUrl('adversarial'), { max: 3 });
  try {
    await Promise.all(Array.from({ length: 3 }, () => pool.query('select pg_sleep(0.1)')));
    const connection = await pool.acquire();
    const statement = await connection.prepare('select pg_backend_pid() as pid, $1::int as n');
    const servers = new Set<unknown>();
    for (let n = 0; n < 5; n++) {
      const { rows } = await statement.execute({ params: [n], objectRows: true });
      expect(rows).toMatchObject([{ n }]);
      servers.add(rows?.[0].pid);
    }
    expect(servers.size).toBeGreaterThan(1);
    await statement.close();
    await connection.close();
  } finally {
    await pool.close();
  }
});

test('listen() is refused before it connects by itself', async () => {
  const pool = new Pool(stand.passwordUrl('direct'));
  await expect(pool.listen()).rejects.toThrow('not supported');
  await pool.close();
});
