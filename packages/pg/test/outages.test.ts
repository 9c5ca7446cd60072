import { faultProxy, type ServerPair, startServerPair } from '@azure-pg/contract';
import type { Emulator } from '@azure-pg/emulator';
import { Pool, type PoolConfig } from '@azure-pg/pg';
import Cursor from 'pg-cursor';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let pair: ServerPair;
let first: Emulator;
let second: Emulator;
beforeAll(async () => {
  pair = await startServerPair();
  ({ first, second } = pair);
});
afterAll(() => pair[Symbol.asyncDispose]());

const pids = async (pool: Pool, count: number): Promise<number[]> =>
  Promise.all(
    Array.from({ length: count }, async () => {
      const { rows } = await pool.query('select pg_backend_pid() as pid, pg_sleep(0.05)');
      return rows[0].pid as number;
    }),
  );
const poolAt = (port: number, config: PoolConfig = {}): Pool =>
  new Pool({ connectionString: pair.urlAt(port), max: 3, ...config });

const insert = (pool: Pick<Pool, 'query'>, who: string): Promise<unknown> =>
  pool.query('insert into written values ($1)', [who]);
/** The server's processes hear of a new setting one by one. */
const untilRefused = (pool: Pick<Pool, 'query'>): Promise<unknown> =>
  expect
    .poll(() =>
      insert(pool, 'early').then(
        () => undefined,
        ({ code }) => code,
      ),
    )
    .toBe('25006');

describe('the old primary comes back read-only, and the name leads to another server', () => {
  it('costs one refused statement; then the pool is at the new one, whole', async () => {
    await using proxy = await faultProxy(first.postgres.port);
    const pool = poolAt(proxy.port);
    try {
      const before = await pids(pool, 3);
      await insert(pool, 'before');
      await pair.setReadOnly();
      // The connections of the pool stay where they are.
      proxy.retarget(second.postgres.port);
      await untilRefused(pool);
      await insert(pool, 'after');
      expect((await pids(pool, 3)).filter((pid) => before.includes(pid))).toEqual([]);
      expect(pool.totalCount).toBe(3);
      expect(await pair.written(first)).not.toContain('after');
      expect(await pair.written(second)).toEqual(['after']);
    } finally {
      await pair.resetReadOnly();
      await pool.end();
    }
  });
});

describe('25006 is no news', () => {
  it.each([
    [
      'in a transaction that the program made read-only',
      ['begin read only', 'insert into written values (1)', 'rollback'],
    ],
    [
      'or that it set so',
      ['begin', 'set transaction read only', 'insert into written values (1)', 'rollback'],
    ],
    [
      'or in a session that it did',
      ['set default_transaction_read_only = on', 'insert into written values (1)'],
    ],
  ])('%s', async (_, statements) => {
    const pool = poolAt(first.postgres.port, { max: 2 });
    try {
      const before = await pids(pool, 2);
      const client = await pool.connect();
      const answers: unknown[] = [];
      for (const statement of statements)
        answers.push(await client.query(statement).catch((error: { code: string }) => error.code));
      client.release();
      expect(answers).toContain('25006');
      expect((await pids(pool, 2)).sort()).toEqual(before.sort());
    } finally {
      await pool.end();
    }
  });

  it('but it is in a transaction after one that was read-only', async () => {
    await using proxy = await faultProxy(first.postgres.port);
    const pool = poolAt(proxy.port, { max: 1 });
    try {
      const [before] = await pids(pool, 1);
      const client = await pool.connect();
      await client.query('begin read only');
      await client.query('commit');
      await pair.setReadOnly();
      await untilRefused(client);
      client.release();
      expect(await pids(pool, 1)).not.toEqual([before]);
    } finally {
      await pair.resetReadOnly();
      await pool.end();
    }
  });
});

describe('one connection is ended by the server (57P01)', () => {
  it('all others are replaced when they are given back, and no query is interrupted', async () => {
    const pool = poolAt(first.postgres.port);
    try {
      const before = await pids(pool, 3);
      const held = await pool.connect();
      const busy = held.query('select pg_backend_pid() as pid, pg_sleep(0.3)');
      const victim = await pool.connect();
      const { rows } = await victim.query('select pg_backend_pid() as pid');
      await first.query('select pg_terminate_backend($1)', [rows[0].pid]);
      await expect(victim.query('select 1')).rejects.toBeInstanceOf(Error);
      victim.release(true);
      expect(before).toContain((await busy).rows[0].pid);
      held.release();
      expect((await pids(pool, 3)).filter((pid) => before.includes(pid))).toEqual([]);
    } finally {
      await pool.end();
    }
  });
});

// Each waits for a second and more, on connections of its own.
describe.concurrent('connections that broke without a word while they were idle', () => {
  it.each(['direct', 'pooled'] as const)(
    'are found before they are lent, %s',
    { timeout: 60_000 },
    async (route) => {
      const server = route === 'direct' ? first.postgres : first.pgbouncer;
      await using proxy = await faultProxy(server?.port ?? 0);
      const url = new URL(server?.url ?? '');
      url.port = String(proxy.port);
      const pool = new Pool({
        connectionString: url.href,
        max: 3,
        ...(route === 'pooled' ? { poolMode: 'transaction' } : {}),
      });
      const unheard: unknown[] = [];
      pool.on('error', (error) => unheard.push(error));
      try {
        await pids(pool, 3);
        proxy.silence();
        await new Promise((resolve) => setTimeout(resolve, 1100));
        const answers = await Promise.all(
          Array.from({ length: 6 }, async () => (await pool.query('select 1 as one')).rows),
        );
        expect(answers).toEqual(Array.from({ length: 6 }, () => [{ one: 1 }]));
        expect(pool.totalCount).toBeLessThanOrEqual(3);
        expect(unheard).toEqual([]);
      } finally {
        await pool.end();
      }
    },
  );

  it('one that is alive is lent, the same as before', async () => {
    const pool = poolAt(first.postgres.port, { max: 1 });
    try {
      const before = await pids(pool, 1);
      await new Promise((resolve) => setTimeout(resolve, 1100));
      const client = await pool.connect();
      const { rows } = await client.query('select pg_backend_pid() as pid');
      client.release();
      expect([rows[0].pid]).toEqual(before);
    } finally {
      await pool.end();
    }
  });

  it('a pool that ends meanwhile still serves who waits, and ends', async () => {
    const pool = poolAt(first.postgres.port, { max: 1 });
    await pids(pool, 1);
    await new Promise((resolve) => setTimeout(resolve, 1100));
    const answer = pool.query('select 1 as one');
    await pool.end();
    expect((await answer).rows).toEqual([{ one: 1 }]);
  });
});

describe('a connection that breaks without a word while a query runs', { timeout: 60_000 }, () => {
  const quick = { silence_check_after: 1, connect_timeout: 2 };
  const nowhere = async (): Promise<number> => {
    await using proxy = await faultProxy(1);
    return proxy.port;
  };

  it.each(['direct', 'pooled'] as const)(
    'is given up when its server cannot be reached, %s',
    async (route) => {
      const server = route === 'direct' ? first.postgres : first.pgbouncer;
      await using proxy = await faultProxy(server?.port ?? 0);
      const url = new URL(server?.url ?? '');
      url.port = String(proxy.port);
      const pooled = route === 'pooled' ? ({ poolMode: 'transaction' } as const) : {};
      const pool = new Pool({ connectionString: url.href, max: 1, ...quick, ...pooled });
      try {
        await pids(pool, 1);
        const lost = pool.query('select pg_sleep(60)').catch((error: unknown) => error);
        await expect
          .poll(() => first.query(`select 1 from pg_stat_activity where wait_event = 'PgSleep'`))
          .toHaveLength(1);
        proxy.retarget(await nowhere());
        proxy.silence();
        expect(await lost).toMatchObject({ code: 'SERVER_SILENT' });
        proxy.retarget(server?.port ?? 0);
        expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
      } finally {
        await first.query(
          `select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'`,
        );
        await pool.end();
      }
    },
  );

  it('is given up when the server is there and has nothing to do for it: the answer was lost', async () => {
    await using proxy = await faultProxy(first.postgres.port);
    const pool = poolAt(proxy.port, { max: 1, ...quick });
    try {
      await pids(pool, 1);
      const lost = pool.query(`insert into written values ('silent') returning pg_sleep(0.3)`);
      proxy.silence();
      await expect(lost).rejects.toMatchObject({ code: 'SERVER_SILENT' });
      expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    } finally {
      await pool.end();
    }
  });

  it('one whose server works, waits for a lock or for the program is left alone', async () => {
    const pool = poolAt(first.postgres.port, { max: 5, ...quick });
    const [locking, reading] = [await pool.connect(), await pool.connect()];
    try {
      await locking.query('begin');
      await locking.query('lock table written');
      const honest = pool.query('select 1 as one, pg_sleep(4)');
      const waiting = pool.query('select count(*) from written');
      const cursor = reading.query(new Cursor('select * from generate_series(1, 3) as n'));
      expect(await cursor.read(1)).toEqual([{ n: 1 }]);
      expect((await honest).rows[0]).toMatchObject({ one: 1 });
      expect(await cursor.read(5)).toEqual([{ n: 2 }, { n: 3 }]);
      await locking.query('commit');
      expect((await waiting).rowCount).toBe(1);
    } finally {
      locking.release();
      reading.release();
      await pool.end();
    }
  });
});
