import { faultProxy, type ServerPair, startServerPair } from '@azure-pg/contract';
import type { Emulator } from '@azure-pg/emulator';
import postgres from '@azure-pg/postgresjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let pair: ServerPair;
let first: Emulator;
let second: Emulator;
beforeAll(async () => {
  pair = await startServerPair();
  ({ first, second } = pair);
});
afterAll(() => pair[Symbol.asyncDispose]());

type Sql = ReturnType<typeof postgres>;
const sqlAt = (port: number, options: object = {}): Sql => postgres(pair.urlAt(port), { max: 3, ...options });
const pids = async (sql: Sql, count: number): Promise<number[]> =>
  Promise.all(
    Array.from(
      { length: count },
      async () => (await sql`select pg_backend_pid() as pid, pg_sleep(0.1)`)[0]?.pid as number,
    ),
  );
const codeOf = (query: PromiseLike<unknown>): PromiseLike<unknown> =>
  query.then(
    () => undefined,
    ({ code }) => code,
  );

describe('the old primary comes back read-only, and the name leads to another server', () => {
  const insert = {
    'by queries': (sql: Sql, who: string) => sql`insert into written values (${who})`,
    'by transactions': (sql: Sql, who: string) => sql.begin((tx) => tx`insert into written values (${who})`),
    // As Kysely does with each query.
    'on reserved connections': async (sql: Sql, who: string) => {
      const reserved = await sql.reserve();
      try {
        await reserved`insert into written values (${who})`;
      } finally {
        reserved.release();
      }
    },
  };

  it.each(Object.keys(insert) as (keyof typeof insert)[])(
    'workers that write %s go on at the new one',
    async (how) => {
      await using proxy = await faultProxy(first.postgres.port);
      const sql = sqlAt(proxy.port);
      try {
        const before = await pids(sql, 3);
        await pair.setReadOnly();
        // The connections of the instance stay where they are.
        proxy.retarget(second.postgres.port);
        await expect.poll(() => codeOf(insert[how](sql, `early ${how}`))).toBe('25006');
        const codes = await Promise.all(Array.from({ length: 30 }, () => codeOf(insert[how](sql, how))));
        expect(codes).toEqual(codes.map(() => undefined));
        expect((await pids(sql, 3)).filter((pid) => before.includes(pid))).toEqual([]);
        expect(await pair.written(first)).not.toContain(how);
        expect((await pair.written(second)).filter((who) => who === how)).toHaveLength(30);
      } finally {
        await pair.resetReadOnly();
        await sql.end();
      }
    },
  );

  it('under load: no worker stays behind', async () => {
    await using proxy = await faultProxy(first.postgres.port);
    const sql = sqlAt(proxy.port);
    try {
      await pids(sql, 3);
      let failedOver = false;
      const worker = async (): Promise<void> => {
        for (;;) {
          const code = await codeOf(insert['by transactions'](sql, 'load'));
          if (failedOver && code === undefined) return;
          if (code !== undefined) expect(code).toBe('25006');
        }
      };
      const workers = Promise.all(Array.from({ length: 30 }, worker));
      await pair.setReadOnly();
      proxy.retarget(second.postgres.port);
      failedOver = true;
      await workers;
      await expect
        .poll(async () => (await pair.written(second)).filter((who) => who === 'load').length)
        .toBeGreaterThan(0);
    } finally {
      await pair.resetReadOnly();
      await sql.end();
    }
  });
});

describe('25006 is no news', () => {
  it.each([
    [
      'in a transaction that the program made read-only',
      (sql: Sql) => sql.begin('read only', (tx) => tx`insert into written values ('x')`),
    ],
    [
      'or that it set so',
      (sql: Sql) =>
        sql.begin(async (tx) => {
          await tx`set transaction read only`;
          await tx`insert into written values ('x')`;
        }),
    ],
  ])('%s', async (_, work) => {
    const sql = sqlAt(first.postgres.port, { max: 2 });
    try {
      const before = await pids(sql, 2);
      expect(await codeOf(work(sql))).toBe('25006');
      expect((await pids(sql, 2)).sort()).toEqual(before.sort());
    } finally {
      await sql.end();
    }
  });
});

describe('one connection is ended by the server (57P01)', () => {
  it('all others are replaced, and no query is interrupted', async () => {
    const sql = sqlAt(first.postgres.port);
    try {
      const before = await pids(sql, 3);
      const busy = sql`select pg_backend_pid() as pid, pg_sleep(0.5)`;
      const held = await sql.reserve();
      const [{ pid } = {}] = await held`select pg_backend_pid() as pid`;
      void busy.execute();
      await first.query('select pg_terminate_backend($1)', [pid]);
      await expect(held`select 1`).rejects.toBeInstanceOf(Error);
      held.release();
      expect(before).toContain((await busy)[0]?.pid);
      expect((await pids(sql, 3)).filter((each) => before.includes(each))).toEqual([]);
    } finally {
      await sql.end();
    }
  });
});

// Each waits for a second and more, on connections of its own.
describe.concurrent('connections that broke without a word while they were idle', () => {
  const over = async (route: 'direct' | 'pooled') => {
    const server = route === 'direct' ? first.postgres : first.pgbouncer;
    const proxy = await faultProxy(server?.port ?? 0);
    const url = new URL(server?.url ?? '');
    url.port = String(proxy.port);
    const sql = postgres(url.href, { max: 3, ...(route === 'pooled' ? { poolMode: 'transaction' } : {}) });
    return { proxy, sql };
  };
  const idle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1100));

  it.each(['direct', 'pooled'] as const)(
    'queries and transactions go to new ones, %s',
    { timeout: 60_000 },
    async (route) => {
      const { proxy, sql } = await over(route);
      try {
        await pids(sql, 3);
        proxy.silence();
        await idle();
        const answers = await Promise.all([
          ...Array.from({ length: 6 }, async () => [...(await sql`select 1 as one`)]),
          sql.begin(async (tx) => [...(await tx`select 1 as one`)]),
          // Long enough to be written at once.
          sql.unsafe(`select 1 as one /* ${'x'.repeat(5000)} */`).then((rows) => [...rows]),
        ]);
        expect(answers).toEqual(answers.map(() => [{ one: 1 }]));
        expect(answers).toHaveLength(8);
      } finally {
        await sql.end();
        await proxy[Symbol.asyncDispose]();
      }
    },
  );

  it('reservations go to new ones', { timeout: 60_000 }, async () => {
    const { proxy, sql } = await over('direct');
    try {
      await pids(sql, 3);
      proxy.silence();
      await idle();
      const answers = await Promise.all(
        Array.from({ length: 5 }, async () => {
          const reserved = await sql.reserve();
          try {
            return [...(await reserved`select 1 as one`)];
          } finally {
            reserved.release();
          }
        }),
      );
      expect(answers).toEqual(Array(5).fill([{ one: 1 }]));
    } finally {
      // What hangs is not waited for.
      proxy.reset();
      await sql.end();
      await proxy[Symbol.asyncDispose]();
    }
  });

  it('each insert is done once', { timeout: 60_000 }, async () => {
    const { proxy, sql } = await over('direct');
    try {
      await pids(sql, 3);
      proxy.silence();
      await idle();
      await Promise.all(
        Array.from({ length: 9 }, (_, who) => sql`insert into written values (${`idle ${who}`})`),
      );
      expect((await pair.written(first)).filter((who) => who.startsWith('idle'))).toHaveLength(9);
    } finally {
      await sql.end();
      await proxy[Symbol.asyncDispose]();
    }
  });

  it('a transaction that was left idle fails, with the reason, and the next one is whole', {
    timeout: 60_000,
  }, async () => {
    const { proxy, sql } = await over('direct');
    try {
      const lost = sql.begin(async (tx) => {
        await tx`insert into written values ('lost')`;
        proxy.silence();
        await idle();
        await tx`insert into written values ('lost')`;
      });
      expect(await codeOf(lost)).toBe('CONNECTION_CLOSED');
      await sql.begin((tx) => tx`insert into written values ('next')`);
      const rows = await pair.written(first);
      expect(rows.filter((who) => who === 'next')).toHaveLength(1);
      expect(rows).not.toContain('lost');
    } finally {
      await sql.end();
      await proxy[Symbol.asyncDispose]();
    }
  });

  it('one that is alive is asked once and used, also in a transaction and after a COPY', async () => {
    const sql = sqlAt(first.postgres.port, { max: 1 });
    try {
      const before = await pids(sql, 1);
      const copy = await sql`copy written from stdin`.writable();
      await new Promise<void>((resolve, reject) => {
        copy.on('error', reject).on('finish', () => resolve());
        copy.end('copied\n');
      });
      await idle();
      expect((await sql`select who from written where who = ${'copied'}`).length).toBe(1);
      await sql.begin(async (tx) => {
        await tx`insert into written values ('slow')`;
        await idle();
        await tx`insert into written values ('slow')`;
        const rows: string[] = [];
        for await (const [row] of tx`select who from written where who = 'slow'`.cursor(1)) {
          await idle();
          rows.push(row?.who);
        }
        expect(rows).toEqual(['slow', 'slow']);
      });
      await idle();
      expect(await pids(sql, 1)).toEqual(before);
    } finally {
      await sql.end();
    }
  });
});

describe('a connection that breaks without a word while a query runs', { timeout: 60_000 }, () => {
  const quick = { silence_check_after: 1, connect_timeout: 2 };

  it('is given up when its server cannot be reached', async () => {
    await using proxy = await faultProxy(first.postgres.port);
    const sql = sqlAt(proxy.port, { max: 1, ...quick });
    try {
      await pids(sql, 1);
      const lost = codeOf(sql`select pg_sleep(60)`);
      await expect
        .poll(() => first.query(`select 1 from pg_stat_activity where wait_event = 'PgSleep'`))
        .toHaveLength(1);
      proxy.retarget(1);
      proxy.silence();
      expect(await lost).toBe('SERVER_SILENT');
      proxy.retarget(first.postgres.port);
      expect([...(await sql`select 1 as one`)]).toEqual([{ one: 1 }]);
    } finally {
      await first.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'`,
      );
      await sql.end();
    }
  });

  it('is given up when the answer was lost, in a transaction too', async () => {
    await using proxy = await faultProxy(first.postgres.port);
    const sql = sqlAt(proxy.port, { max: 1, ...quick });
    try {
      await pids(sql, 1);
      const lost = codeOf(
        sql.begin(async (tx) => {
          await tx`insert into written values ('in silence')`;
          proxy.silence();
          await tx`insert into written values ('in silence')`;
        }),
      );
      expect(await lost).toBe('SERVER_SILENT');
      await sql.begin((tx) => tx`insert into written values ('after silence')`);
      const rows = await pair.written(first);
      expect(rows).toContain('after silence');
      expect(rows).not.toContain('in silence');
    } finally {
      await sql.end();
    }
  });

  it('is given up when the server waits for what the driver never sent', async () => {
    await using proxy = await faultProxy(first.postgres.port);
    const sql = sqlAt(proxy.port, { max: 1, ...quick });
    try {
      await pids(sql, 1);
      // The driver asks for the parameters' types first, and sends nothing else before it knows them.
      const lost = codeOf(sql`select ${'x'}::text as lost, now()`);
      proxy.silenceAnswers();
      expect(await lost).toBe('SERVER_SILENT');
      expect([...(await sql`select 1 as one`)]).toEqual([{ one: 1 }]);
    } finally {
      await sql.end();
    }
  });

  it('is given up during the COMMIT and the ROLLBACK that the driver sends itself', async () => {
    await using proxy = await faultProxy(first.postgres.port);
    const sql = sqlAt(proxy.port, { max: 2, ...quick });
    try {
      await pids(sql, 2);
      const mine = new Error('mine');
      const ends = [undefined, mine].map((error) =>
        sql.begin(async (tx) => {
          await tx`select 1`;
          proxy.silence();
          if (error !== undefined) throw error;
        }),
      );
      const settled = await Promise.allSettled(ends);
      expect(settled.map((each) => each.status)).toEqual(['rejected', 'rejected']);
      expect([...(await sql`select 1 as one`)]).toEqual([{ one: 1 }]);
    } finally {
      await sql.end();
    }
  });

  it('one whose server works, or waits for the program, is left alone', async () => {
    const sql = sqlAt(first.postgres.port, { max: 4, ...quick });
    try {
      const honest = sql`select 1 as one, pg_sleep(4)`.execute();
      const rows: number[] = [];
      const slowly = (async () => {
        for await (const [row] of sql`select n from generate_series(1, 2) as n`.cursor(1)) {
          rows.push(row?.n);
          await new Promise((resolve) => setTimeout(resolve, 2000));
        }
      })();
      const copy = await sql`copy written from stdin`.writable();
      await new Promise((resolve) => setTimeout(resolve, 3000));
      await new Promise<void>((resolve, reject) => {
        copy.on('error', reject).on('finish', () => resolve());
        copy.end('copied slowly\n');
      });
      await slowly;
      expect(rows).toEqual([1, 2]);
      expect((await honest)[0]?.one).toBe(1);
      await expect.poll(() => pair.written(first)).toContain('copied slowly');
      // And the connection of the COPY is not taken for one that waits.
      await new Promise((resolve) => setTimeout(resolve, 3000));
      expect((await pids(sql, 4)).length).toBe(4);
    } finally {
      await sql.end();
    }
  });
});

describe.concurrent('while an idle connection is asked', () => {
  const idle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1100));

  it.each([
    ['a query', (sql: Sql) => sql`select 1 as one`.execute()],
    ['a transaction', (sql: Sql) => sql.begin((tx) => tx`select 1 as one`)],
  ])('%s that was asked for before end() is answered', async (_, ask) => {
    const sql = sqlAt(first.postgres.port);
    await sql`select 1`;
    await idle();
    const asked = ask(sql);
    await Promise.all([sql.end(), expect(asked).resolves.toMatchObject([{ one: 1 }])]);
    await expect(sql`select 1`).rejects.toMatchObject({ code: 'CONNECTION_ENDED' });
  });

  it('what a transaction does not wait for is part of it nevertheless', async () => {
    const sql = sqlAt(first.postgres.port);
    let unawaited: PromiseLike<unknown> | undefined;
    const rolledBack = sql.begin(async (tx) => {
      await tx`select 1`;
      await idle();
      unawaited = tx`insert into written values ('rolled back')`.execute();
      throw new Error('rolled back');
    });
    await expect(rolledBack).rejects.toThrow('rolled back');
    await unawaited;
    await sql.end();
    expect(await pair.written(first)).not.toContain('rolled back');
  });

  it('what was asked on a reserved connection before release() is not part of the next transaction', async () => {
    const sql = sqlAt(first.postgres.port, { max: 1 });
    const reserved = await sql.reserve();
    await reserved`select 1`;
    const next = sql.begin(async (tx) => {
      await tx`select 1`;
      throw new Error('rolled back');
    });
    await idle();
    const mine = reserved`insert into written values ('mine')`.execute();
    // The driver sends it in the next microtask.
    await Promise.resolve();
    reserved.release();
    await mine;
    await expect(next).rejects.toThrow('rolled back');
    await sql.end();
    expect(await pair.written(first)).toContain('mine');
  });
});
