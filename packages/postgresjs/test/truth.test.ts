import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { rejection } from '@azure-pg/contract';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import driver from 'postgres';
import oldest from 'postgres-oldest';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import postgres from '../src/index.ts';

const patience = { timeout: 10_000 };
const isOldest = (driver as unknown) === oldest;

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: { poolSize: 2 } });
  await emulator.query('create table kept (entry text primary key)');
  await emulator.query('grant all on kept to app');
});
afterAll(() => emulator.stop());
beforeEach(() => emulator.query('truncate kept'));

const opened: postgres.Sql[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((sql) => sql.end({ timeout: 1 })));
});

type Options = postgres.Options<Record<string, postgres.PostgresType>>;
function open(options: Options = {}, pooled = false): postgres.Sql {
  const url = pooled ? `${emulator.pgbouncer?.url}&pool_mode=transaction` : emulator.postgres.url;
  const sql = postgres(url, { max: 1, onnotice: () => {}, ...options });
  opened.push(sql);
  return sql;
}

const entries = async (): Promise<string[]> =>
  (await emulator.query<{ entry: string }>('select entry from kept order by entry')).map(
    ({ entry }) => entry,
  );

/** Ends every session that runs, or waits after, a statement that contains `part`. */
const terminate = (part: string): Promise<unknown> =>
  emulator.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where query like $1 and pid <> pg_backend_pid()`,
    [`%${part}%`],
  );

const running = (part: string): Promise<void> =>
  vi.waitFor(
    async () =>
      expect(
        await emulator.query(
          `select 1 from pg_stat_activity where state = 'active' and query like $1 and pid <> pg_backend_pid()`,
          [`%${part}%`],
        ),
      ).not.toEqual([]),
    patience,
  );

/** What has been told is what is: asked of the one connection of an instance after something went wrong on it. */
async function expectTruth(sql: postgres.Sql): Promise<void> {
  await sql`insert into kept values ('taken') on conflict do nothing`;
  expect(await rejection(sql`select 1/0`)).toMatchObject({ code: '22012' });
  expect(await rejection(sql`insert into kept values ('taken')`)).toMatchObject({ code: '23505' });
  expect([...(await sql`select 7 as a`)]).toEqual([{ a: 7 }]);
  expect([...(await sql`select ${8}::int as b, ${['x', 'y']}::text[] as c`)]).toEqual([
    { b: 8, c: ['x', 'y'] },
  ]);
  const entry = String(Math.random());
  expect((await sql`insert into kept values (${entry})`).count).toBe(1);
  expect(await entries()).toContain(entry);
  await sql.begin((transaction) => transaction`insert into kept values (${`${entry} again`})`);
  expect(await entries()).toContain(`${entry} again`);
}

describe.each([
  ['directly', false],
  ['through the pooler', true],
])('%s, nothing is left of a connection that ended', (_how, pooled) => {
  test('with a FATAL error under its own query, which hears the reason', async () => {
    const sql = open({}, pooled);
    const reason = await rejection(sql`select pg_terminate_backend(pg_backend_pid())`);
    expect(reason).toBeInstanceOf(postgres.PostgresError);
    expect(reason).toMatchObject({ code: '57P01', message: expect.stringContaining('administrator') });
    await expectTruth(sql);
  });

  test.each([
    ['simple', (sql: postgres.Sql) => sql.unsafe('select pg_sleep(60)')],
    ['with parameters', (sql: postgres.Sql) => sql`select pg_sleep(${60}::int)`],
    ['in a transaction', (sql: postgres.Sql) => sql.begin((transaction) => transaction`select pg_sleep(60)`)],
    [
      'in a savepoint',
      (sql: postgres.Sql) =>
        sql.begin((transaction) => transaction.savepoint((inner) => inner`select pg_sleep(60)`)),
    ],
    [
      'on a reserved connection',
      async (sql: postgres.Sql) => {
        const reserved = await sql.reserve();
        await reserved`select pg_sleep(60)`.finally(() => reserved.release());
      },
    ],
  ])('with a FATAL error from elsewhere, under a query %s', async (_what, ask) => {
    const sql = open({}, pooled);
    const failed = rejection(ask(sql));
    await running('pg_sleep(');
    await terminate('pg_sleep(');
    expect(await failed).toMatchObject({ code: '57P01' });
    await expectTruth(sql);
  });

  test('between an answer and the next query', async () => {
    const sql = open({}, pooled);
    await sql`select 'idle' as what`;
    await terminate("'idle' as what");
    // Until it has been noticed a query may still meet the old connection.
    await vi.waitFor(() => sql`select 1`, patience);
    await expectTruth(sql);
  });

  test('in the middle of a result', async () => {
    const sql = open({}, pooled);
    let seen = 0;
    const failed = rejection(
      sql`select repeat('x', 1000) as middle, pg_sleep(0.001) from generate_series(1, 20000)`.forEach(() => {
        seen++;
      }),
    );
    await vi.waitFor(() => expect(seen).toBeGreaterThan(10), patience);
    await terminate('as middle');
    expect(await failed).toMatchObject({ code: '57P01' });
    await expectTruth(sql);
  });

  test('and all that was sent behind a query that met its end is answered', async () => {
    const sql = open({}, pooled);
    const asked = [
      sql`select pg_sleep(60)`,
      ...Array.from({ length: 20 }, (_, id) => sql`insert into kept values (${`behind ${id}`})`),
    ];
    const settled = Promise.allSettled(asked);
    await running('pg_sleep(60)');
    await terminate('pg_sleep(60)');
    const outcomes = await settled;
    const told = outcomes.flatMap(({ status }, id) =>
      id > 0 && status === 'fulfilled' ? `behind ${id - 1}` : [],
    );
    expect(await entries()).toEqual(told.sort());
    await expectTruth(sql);
  });
});

test('a retry right after a broken connection is answered', async () => {
  const sql = open();
  const retried = sql`select pg_sleep(60)`.catch(
    () => sql`insert into kept values ('retried') returning entry`,
  );
  await running('pg_sleep(60)');
  await terminate('pg_sleep(60)');
  expect([...(await retried)]).toEqual([{ entry: 'retried' }]);
  expect(await entries()).toEqual(['retried']);
});

describe('an error in the middle of a result', () => {
  const failing: [string, (sql: postgres.Sql) => Promise<unknown>, string][] = [
    ['of a query', (sql) => sql`select 1 / (50 - i) from generate_series(1, 1000) i`, '22012'],
    [
      'of a simple query',
      (sql) => sql.unsafe('select 1 / (50 - i) from generate_series(1, 1000) i'),
      '22012',
    ],
    ['as values', (sql) => sql`select 1 / (50 - i) from generate_series(1, 1000) i`.values(), '22012'],
    [
      'of a cursor',
      async (sql) => {
        for await (const _rows of sql`select 1 / (50 - i) from generate_series(1, 1000) i`.cursor(7));
      },
      '22012',
    ],
    [
      'of a cursor with a callback',
      (sql) => sql`select 1 / (50 - i) from generate_series(1, 1000) i`.cursor(7, () => {}) as never,
      '22012',
    ],
    [
      'from statement_timeout',
      (sql) =>
        sql.begin(async (transaction) => {
          await transaction`set local statement_timeout = 200`;
          await transaction`select i, pg_sleep(0.001) from generate_series(1, 20000) i`;
        }),
      '57014',
    ],
    [
      'from cancel()',
      async (sql) => {
        const query = sql`select i, repeat('x', 100), pg_sleep(0.001) as slow from generate_series(1, 20000) i`;
        const failed = query.execute();
        await running('as slow');
        query.cancel();
        await failed;
      },
      '57014',
    ],
  ];
  test.each(failing)('%s leaves no hole in the next one', async (_what, ask, code) => {
    const sql = open();
    expect(await rejection(ask(sql))).toMatchObject({ code });
    expect([...(await sql`select 7 as a`)]).toEqual([{ a: 7 }]);
    expect(await rejection(ask(sql))).toMatchObject({ code });
    const rows: unknown[] = [];
    for await (const batch of sql`select i from generate_series(1, 5) i`.cursor(3)) rows.push([...batch]);
    expect(rows).toEqual([
      [{ i: 1 }, { i: 2 }, { i: 3 }],
      [{ i: 4 }, { i: 5 }],
    ]);
    expect(await rejection(ask(sql))).toMatchObject({ code });
    const several = await sql.unsafe('select 1 as a; select 2 as b');
    expect(several.map((result) => [...(result as unknown as object[])])).toEqual([[{ a: 1 }], [{ b: 2 }]]);
    await expectTruth(sql);
  });
});

describe('a cursor', () => {
  test('whose connection ends while the program is busy fails, and does not end as if it were done', async () => {
    const sql = open();
    let rows = 0;
    const read = async (): Promise<void> => {
      for await (const batch of sql`select i as busy from generate_series(1, 100) i`.cursor(10)) {
        rows += batch.length;
        if (rows !== 20) continue;
        await terminate('as busy');
        await vi.waitFor(() => sql`select 1`, patience);
      }
    };
    expect(await rejection(read())).toMatchObject({ code: '57P01' });
    expect(rows).toBe(20);
    await expectTruth(sql);
  });

  test('that the program leaves after its connection has ended writes nothing on the next one', async () => {
    const sql = open();
    for await (const _batch of sql`select i as left_late from generate_series(1, 100) i`.cursor(10)) {
      await terminate('as left_late');
      await vi.waitFor(() => sql`select 1`, patience);
      break;
    }
    await expectTruth(sql);
  });

  test('with a callback that is slower than its connection lives writes nothing on the next one', async () => {
    const sql = open();
    let batches = 0;
    const query = sql`select i as slowly from generate_series(1, 100) i`.cursor(10, async () => {
      if (++batches > 1) return;
      await terminate('as slowly');
      await vi.waitFor(() => sql`select 1`, patience);
    });
    expect(await rejection(query as never)).toMatchObject({ code: '57P01' });
    expect(batches).toBe(1);
    await expectTruth(sql);
  });

  test('of a transaction refuses the query that would wait for it for ever, and says why', async () => {
    const sql = open();
    const inLoop = await sql.begin(async (transaction) => {
      const refused: unknown[] = [];
      for await (const [row] of transaction`select i from generate_series(1, 2) i`.cursor(1))
        refused.push(await rejection(transaction`insert into kept values (${String(row?.i)})`));
      await transaction`insert into kept values ('after the loop')`;
      return refused;
    });
    expect(inLoop).toMatchObject([{ code: 'CURSOR_OPEN' }, { code: 'CURSOR_OPEN' }]);
    expect(await entries()).toEqual(['after the loop']);
    expect([...(await sql`select 1 as one`)]).toEqual([{ one: 1 }]);
  });

  test('beside which other queries of a transaction were asked for lets them come after it', async () => {
    const sql = open();
    const read = async (transaction: postgres.TransactionSql): Promise<number> => {
      let rows = 0;
      for await (const batch of transaction`select i from generate_series(1, 5) i`.cursor(2))
        rows += batch.length;
      return rows;
    };
    const [rows, [row]] = await sql.begin((transaction) =>
      Promise.all([read(transaction), transaction`select 1 as one`]),
    );
    expect([rows, row]).toEqual([5, { one: 1 }]);
  });
});

describe('COPY', () => {
  const copy = async (sql: postgres.Sql, lines: Iterable<string>): Promise<void> =>
    pipeline(Readable.from(lines), await sql`copy kept from stdin`.writable());

  test('into a table is done when it says so', async () => {
    const sql = open();
    await copy(sql, ['a\n', 'b\n']);
    expect(await entries()).toEqual(['a', 'b']);
    await expectTruth(sql);
  });

  test('that is refused at its end fails, and nothing of it is there', async () => {
    const sql = open();
    await sql`insert into kept values ('taken')`;
    expect(await rejection(copy(sql, ['new\n', 'taken\n']))).toMatchObject({ code: '23505' });
    expect(await entries()).toEqual(['taken']);
    await expectTruth(sql);
  });

  test('that is refused in its middle fails', async () => {
    const sql = open();
    function* lines(): Iterable<string> {
      yield 'x\ty\n';
      for (let id = 0; id < 50_000; id++) yield `line ${id}\n`;
    }
    expect(await rejection(copy(sql, lines()))).toMatchObject({ code: '22P04' });
    expect(await entries()).toEqual([]);
    await expectTruth(sql);
  });

  test.each([
    ['while it writes', false],
    ['when all is written', true],
  ])('whose connection ends %s fails', async (_when, written) => {
    const sql = open();
    if (written)
      await emulator.query(
        'create function pause() returns trigger language plpgsql as $$ begin perform pg_sleep(60); return new; end $$',
      );
    if (written)
      await emulator.query(
        'create trigger pause before insert on kept for each row execute function pause()',
      );
    try {
      const source = new Readable({ read() {} });
      source.push('a\n');
      if (written) source.push(null);
      const stream = await sql`copy kept from stdin`.writable();
      const failed = rejection(pipeline(source, stream));
      await running('copy kept from stdin');
      await terminate('copy kept from stdin');
      expect(await failed).toMatchObject({ code: '57P01' });
      expect(await entries()).toEqual([]);
    } finally {
      await emulator.query('drop trigger if exists pause on kept');
      await emulator.query('drop function if exists pause');
    }
    await expectTruth(sql);
  });

  test('that the program gives up is no row', async () => {
    const sql = open();
    const stream = await sql`copy kept from stdin`.writable();
    stream.on('error', () => {});
    stream.write('a\n');
    stream.destroy(new Error('changed its mind'));
    await new Promise((resolve) => stream.once('close', resolve));
    await expectTruth(sql);
    expect(await entries()).not.toContain('a');
  });

  test('out of the database that the program stops reading does not block the pool', async () => {
    const sql = open();
    const stream =
      await sql`copy (select repeat('x', 1000) from generate_series(1, 100000)) to stdout`.readable();
    for await (const _chunk of stream) break;
    await vi.waitFor(() => sql`select 1`, patience);
    await expectTruth(sql);
  });
});

describe('cancel()', () => {
  test('while its connection is being made loses no connection', async () => {
    const sql = open({ max: 2 });
    const cancelled = [1, 2, 3].map((id) => {
      const query = sql`insert into kept values (${`cancelled ${id}`})`.execute();
      const failed = rejection(query);
      setImmediate(() => query.cancel());
      return failed;
    });
    for (const error of await Promise.all(cancelled)) expect(error).toMatchObject({ code: '57014' });
    await Promise.all(Array.from({ length: 8 }, () => sql`select 1`));
    expect(await entries()).toEqual([]);
  });

  test('before it was sent, and used nevertheless, is a refusal', async () => {
    const sql = open();
    const query = sql`insert into kept values ('cancelled')`;
    query.cancel();
    expect(await rejection(query)).toMatchObject({ code: '57014' });
    await expectTruth(sql);
    expect(await entries()).not.toContain('cancelled');
  });

  test('of one that waits behind others hits that one alone', async () => {
    const sql = open();
    await sql`select 1`;
    const [first, second, third] = [
      sql`select pg_sleep(0.3), 'first' as v`.execute(),
      sql`select pg_sleep(60), 'second' as v`.execute(),
      sql`select 'third' as v`.execute(),
    ];
    const refused = rejection(second);
    await running("'first' as v");
    second.cancel();
    expect([...(await first)]).toMatchObject([{ v: 'first' }]);
    expect(await refused).toMatchObject({ code: '57014' });
    expect([...(await third)]).toEqual([{ v: 'third' }]);
    await expectTruth(sql);
  });

  test('of one that waits in a transaction lets the others go on', async () => {
    const sql = open();
    await sql
      .begin(async (transaction) => {
        const first = transaction`select ${1}::int as one, pg_sleep(0.2)`.execute();
        const second = transaction`insert into kept values (${'cancelled'})`.execute();
        const refused = rejection(second);
        const third = transaction`insert into kept values (${'third'})`.execute();
        await running('pg_sleep(0.2)');
        second.cancel();
        await Promise.all([first, third]);
        expect(await refused).toMatchObject({ code: '57014' });
        // As with any failed query of a transaction, the driver rolls back unless the program has dealt with it.
      })
      .catch((error: unknown) => expect(error).toMatchObject({ code: '57014' }));
    expect(await entries()).toEqual([]);
    await expectTruth(sql);
  });
});

describe('a transaction that nobody holds', () => {
  test.each(['begin', 'start transaction', 'begin; select 1'])('%s is not shared', async (text) => {
    const sql = open({ max: 2 });
    await sql
      .unsafe(text)
      .catch((error: unknown) => expect(error).toMatchObject({ code: 'UNSAFE_TRANSACTION' }));
    await vi.waitFor(() => sql`insert into kept values ('told') on conflict do nothing`, patience);
    await sql.end({ timeout: 1 });
    expect(await entries()).toEqual(['told']);
  });

  test('is closed with the reserved connection that was given back in it', async () => {
    const warned: string[] = [];
    const sql = open({ logger: { warn: (message: string) => void warned.push(message) } } as object);
    const reserved = await sql.reserve();
    await reserved`begin`;
    await reserved`insert into kept values ('never committed')`;
    reserved.release();
    await expectTruth(sql);
    await sql.end();
    expect(await entries()).not.toContain('never committed');
    expect(warned.join()).toContain('inside a transaction');
  });

  test.each([0, 1, 2, 7])(
    'max_pipeline: %i begins as any other, at whatever place it comes',
    async (max_pipeline) => {
      for (let before = 0; before <= max_pipeline + 2; before++) {
        const sql = open({ max: 1, max_pipeline } as Options);
        await sql`truncate kept`;
        const names = Array.from({ length: before + 12 }, (_, id) => `${String(id).padStart(2, '0')}`);
        await Promise.all(
          names.map((entry, id) =>
            id === before
              ? sql.begin((transaction) => transaction`insert into kept values (${entry})`)
              : sql.unsafe(`insert into kept values ('${entry}')`),
          ),
        );
        await sql.end();
        expect(await entries()).toEqual(names);
      }
    },
  );
});

describe('a transaction that fails', () => {
  test('with its connection rejects what was queued in it, too', async () => {
    const sql = open();
    const outcomes: PromiseSettledResult<unknown>[] = [];
    const failed = rejection(
      sql.begin(async (transaction) => {
        const asked = [
          transaction`select pg_sleep(60)`,
          ...[1, 2, 3].map((id) => transaction`select ${id}::int`),
        ];
        outcomes.push(...(await Promise.allSettled(asked)));
      }),
    );
    await running('pg_sleep(60)');
    await terminate('pg_sleep(60)');
    expect(await failed).toMatchObject({ code: '57P01' });
    await vi.waitFor(() => expect(outcomes).toHaveLength(4), patience);
    for (const outcome of outcomes)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: '57P01' } });
    await expectTruth(sql);
    await sql.end();
  });

  test.each([
    ['of its own', (sql: postgres.Sql) => sql`insert into child values (${'nobody'})`],
    [
      'of several',
      (sql: postgres.Sql) => sql.begin((transaction) => transaction`insert into child values ('nobody')`),
    ],
  ])('at a COMMIT %s with a deferred constraint is told so, and is no row', async (_what, insert) => {
    await emulator.query('create table child (of text references kept deferrable initially deferred)');
    await emulator.query('grant all on child to app');
    const sql = open();
    const failed = await rejection(insert(sql));
    expect(failed).toMatchObject({ code: '23503' });
    expect(await emulator.query('select * from child')).toEqual([]);
    await expectTruth(sql);
    await emulator.query('drop table child');
  });
});

// Before 3.4.6 the driver itself ends the process when it cannot connect for a reservation.
describe.skipIf(isOldest)('reserve()', () => {
  test('is answered after a reserved connection was ended', async () => {
    const sql = open();
    for (let round = 0; round < 3; round++) {
      const reserved = await sql.reserve();
      expect(await rejection(reserved`select pg_terminate_backend(pg_backend_pid())`)).toMatchObject({
        code: '57P01',
      });
      reserved.release();
    }
    await expectTruth(sql);
  });

  test('is answered among queries, transactions and reservations, many more than there are connections', async () => {
    const sql = open({ max: 3 });
    const work = Array.from({ length: 90 }, async (_, id) => {
      const entry = String(id).padStart(2, '0');
      if (id % 3 === 0) await sql`insert into kept values (${entry})`;
      else if (id % 3 === 1)
        await sql.begin((transaction) => transaction`insert into kept values (${entry})`);
      else {
        const reserved = await sql.reserve();
        await reserved`insert into kept values (${entry})`.finally(() => reserved.release());
      }
    });
    await Promise.all(work);
    expect(await entries()).toEqual(Array.from({ length: 90 }, (_, id) => String(id).padStart(2, '0')));
  });

  test('may last longer than max_lifetime: what comes after it is answered', async () => {
    const sql = open({ max_lifetime: 0.1 });
    const reserved = await sql.reserve();
    await reserved`select 1`;
    await wait(300);
    reserved.release();
    for (let id = 0; id < 3; id++) expect([...(await sql`select 5 as five`)]).toEqual([{ five: 5 }]);
  });

  test('is answered when it waits behind a query that was cancelled, and all connections end', async () => {
    const sql = open({ max: 2, max_pipeline: 0 } as Options);
    await Promise.all([sql`select 1`, sql`select 1`]);
    const busy = [1, 2].map(() => rejection(sql`select pg_sleep(60)`));
    await running('pg_sleep(60)');
    const query = sql`select 2`.execute();
    const cancelled = rejection(query);
    await wait(20);
    query.cancel();
    const reserving = sql.reserve();
    await wait(20);
    await terminate('pg_sleep(60)');
    const reserved = await reserving;
    expect([...(await reserved`select 1 as one`)]).toEqual([{ one: 1 }]);
    reserved.release();
    for (const error of await Promise.all(busy)) expect(error).toMatchObject({ code: '57P01' });
    expect(await cancelled).toMatchObject({ code: '57014' });
    await sql.end();
  });

  test('that waits when end() is called is answered, behind what was asked before', async () => {
    const sql = open();
    const first = await sql.reserve();
    await first`select 1`;
    const query = sql`select pg_sleep(0.05)`.execute();
    const second = sql.reserve();
    await wait(20);
    const ended = sql.end();
    await wait(20);
    first.release();
    const reserved = await second;
    await reserved`insert into kept values ('in turn')`;
    reserved.release();
    await Promise.all([query, ended]);
    expect(await entries()).toEqual(['in turn']);
  });

  test('is refused after end(), and counts for it while it waits', async () => {
    const sql = open();
    const first = await sql.reserve();
    const second = sql.reserve();
    const ended = sql.end();
    await wait(20);
    first.release();
    const reserved = await second;
    await reserved`insert into kept values ('in time')`;
    reserved.release();
    await ended;
    expect(await rejection(sql.reserve())).toMatchObject({ code: 'CONNECTION_ENDED' });
    expect(await entries()).toEqual(['in time']);
  });
});

describe('end()', () => {
  test.each([1, 5])('answers what was asked before, with %i connections', async (max) => {
    const sql = open({ max });
    const asked = Array.from({ length: 30 }, (_, id) =>
      sql`insert into kept values (${String(id)})`.execute(),
    );
    const settled = Promise.allSettled(asked);
    await sql.end();
    expect((await settled).map(({ status }) => status)).toEqual(Array(30).fill('fulfilled'));
    expect(await entries()).toHaveLength(30);
  });

  test('waits for a COPY and a cursor that are under way', async () => {
    const sql = open({ max: 2 });
    const stream = await sql`copy kept from stdin`.writable();
    let rows = 0;
    const read = (async () => {
      for await (const batch of sql`select i from generate_series(1, 20) i`.cursor(5)) {
        rows += batch.length;
        await wait(20);
      }
    })();
    await vi.waitFor(() => expect(rows).toBeGreaterThan(0), patience);
    const ended = sql.end();
    await wait(20);
    stream.end('a\n');
    await Promise.all([ended, read]);
    expect(rows).toBe(20);
    expect(await entries()).toEqual(['a']);
  });

  test('with a limit rejects what is not done, and lets go of a server that has gone silent', async () => {
    const sql = open({ max: 2 });
    const asked = [sql`select pg_sleep(60)`, sql`select pg_sleep(60)`, sql`select 1`];
    const outcomes = Promise.allSettled(asked);
    await running('pg_sleep(60)');
    await sql.end({ timeout: 0.1 });
    for (const outcome of await outcomes)
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'CONNECTION_DESTROYED' } });
    await terminate('pg_sleep(60)');
  });
});

describe('a prepared statement that no longer fits its table', () => {
  const adding = async (): Promise<void> => {
    const name = `c${Math.random().toString(36).slice(2)}`;
    await emulator.query(`alter table shaped add column ${name} int`);
  };
  beforeEach(async () => {
    await emulator.query('drop table if exists shaped');
    await emulator.query('create table shaped (flag boolean, body jsonb, at timestamptz, bytes bytea)');
    await emulator.query('grant all on shaped to app');
    await emulator.query("insert into shaped (flag, body) values (true, '1'), (false, '2')");
  });
  const body = { a: [1, null] };
  const bytes = Buffer.from([0, 255]);
  const asked = async (sql: postgres.ISql): Promise<unknown[]> => {
    const [found] = await sql`select * from shaped where flag = ${true}`;
    const [made] =
      await sql`insert into shaped (body, at, bytes) values (${body as never}, ${new Date(0)}, ${bytes}) returning *`;
    return [found?.body, made?.body, made?.at, made?.bytes];
  };
  const expected = [1, body, new Date(0), bytes];

  test('is prepared again with the parameters as they were given', async () => {
    const sql = open();
    expect(await asked(sql)).toEqual(expected);
    for (let round = 0; round < 2; round++) {
      await adding();
      expect(await asked(sql)).toEqual(expected);
    }
    expect(await emulator.query('select distinct body from shaped where at is not null')).toEqual([{ body }]);
  });

  test('goes on through a pooler that keeps it, in this pool and in a new one', async () => {
    await using pooled = await startEmulator({ pooler: { poolSize: 1, maxPreparedStatements: 100 } });
    await pooled.query('create table shaped (flag boolean, body jsonb, at timestamptz, bytes bytea)');
    await pooled.query('grant all on shaped to app');
    await pooled.query("insert into shaped (flag, body) values (true, '1')");
    const through = (): postgres.Sql => {
      const url = `${pooled.pgbouncer?.url}&pool_mode=transaction&max_prepared_statements=100`;
      const sql = postgres(url, { max: 1 });
      opened.push(sql);
      return sql;
    };
    const sql = through();
    for (let round = 0; round < 3; round++) {
      expect(await asked(sql)).toEqual(expected);
      await pooled.query(`alter table shaped add column c${round} int`);
      expect(await asked(through())).toEqual(expected);
    }
    // In a transaction the server has given up on it: the next one is well.
    await pooled.query('alter table shaped add column last int');
    await sql.begin(asked).catch((error: unknown) => expect(error).toMatchObject({ code: '0A000' }));
    expect(await sql.begin(asked)).toEqual(expected);
  });
});

test('sql.file() and queries that come before the pooler is detected are guarded', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'azure-pg-test-'));
  try {
    const file = join(folder, 'listen.sql');
    await writeFile(file, 'listen orders');
    const url = `${emulator.pgbouncer?.url}&pool_mode=detect&session_features=error`;
    const sql = postgres(url, { max: 2 });
    opened.push(sql);
    const early = [sql`listen orders`, sql.unsafe('listen orders'), sql.file(file)];
    const fine = sql`select 1 as one`;
    for (const query of early) expect(await rejection(query)).toMatchObject({ code: 'POOLER_UNSUPPORTED' });
    expect([...(await fine)]).toEqual([{ one: 1 }]);
    expect(await rejection(sql.file(file))).toMatchObject({ code: 'POOLER_UNSUPPORTED' });
  } finally {
    await rm(folder, { recursive: true });
  }
});
