import { rejection } from '@azure-pg/contract';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import postgres from '../src/index.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: {} });
  await emulator.query('create table kept (entry text primary key)');
  await emulator.query('grant all on kept to app');
});
afterAll(() => emulator.stop());

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

const circular: Record<string, unknown> = {};
circular.self = circular;

describe.each([
  ['directly', false],
  ['through the pooler', true],
])('%s, what a program gives that cannot be sent', (_how, pooled) => {
  const date = (sql: postgres.ISql, value: Date) => sql`select ${value}::timestamptz as date`;
  const json = (sql: postgres.ISql, value: unknown) => sql`select ${sql.json(value as never)} as json`;
  const given: readonly [string, (sql: postgres.ISql) => Promise<unknown>, object][] = [
    ['undefined', (sql) => sql`select ${undefined as never}`, { code: 'UNDEFINED_VALUE' }],
    [
      'undefined in an object',
      (sql) => sql`insert into kept ${sql({ entry: undefined } as never)}`,
      { code: 'UNDEFINED_VALUE' },
    ],
    [
      'undefined in a fragment',
      (sql) => sql`select ${sql`${undefined as never}`}`,
      { code: 'UNDEFINED_VALUE' },
    ],
    [
      'undefined without a template',
      (sql) => sql.unsafe('select $1', [undefined as never]),
      { code: 'UNDEFINED_VALUE' },
    ],
    [
      'too many arguments',
      (sql) => sql.unsafe('select 1', Array<number>(66_000).fill(1)),
      { code: 'MAX_PARAMETERS_EXCEEDED' },
    ],
    ['a date that is none', (sql) => date(sql, new Date(Number.NaN)), { message: 'Invalid time value' }],
    ['JSON without an end', (sql) => json(sql, circular), { name: 'TypeError' }],
  ];

  test.each(given)('%s, fails alone', async (_what, ask, error) => {
    const sql = open({}, pooled);
    // From here on their statements are prepared.
    await Promise.all([date(sql, new Date(0)), json(sql, 1)]);
    const entry = String(Math.random());
    const [first, failed, inserted, last] = await Promise.all([
      sql`select pg_sleep(0.1)::text, 1 as one`,
      rejection(ask(sql)),
      sql`insert into kept values (${entry}) returning entry`,
      sql`select 4 as four`,
    ]);
    expect([...first]).toMatchObject([{ one: 1 }]);
    expect(failed).toMatchObject(error);
    expect([...inserted]).toEqual([{ entry }]);
    expect([...last]).toEqual([{ four: 4 }]);
  });

  test.each(given)(
    '%s, ends a transaction that does not catch it, and only that',
    async (_what, ask, error) => {
      const sql = open({}, pooled);
      await Promise.all([date(sql, new Date(0)), json(sql, 1)]);
      const entry = String(Math.random());
      const failed = await rejection(
        sql.begin((transaction) => [transaction`insert into kept values (${entry})`, ask(transaction)]),
      );
      expect(failed).toMatchObject(error);
      expect([...(await sql`select entry from kept where entry = ${entry}`)]).toEqual([]);
    },
  );
});

describe('what a program throws', () => {
  const throws = (): never => {
    throw new Error('of the program');
  };
  const types: Options['types'] = { numeric: { to: 1700, from: [1700], serialize: String, parse: throws } };
  const ways: readonly [string, Options, (sql: postgres.Sql) => PromiseLike<unknown>][] = [
    ['while a row is read', { types }, (sql) => sql`select 1::numeric from generate_series(1, 10)`],
    [
      'while the rows of a cursor are read',
      { types },
      (sql) => sql`select 1::numeric from generate_series(1, 100)`.cursor(10, () => {}),
    ],
    [
      'while the rows of a cursor that is iterated are read',
      { types },
      async (sql) => {
        for await (const _rows of sql`select 1::numeric from generate_series(1, 100)`.cursor(10));
      },
    ],
    [
      'at a notice of a cursor',
      { onnotice: throws },
      (sql) => sql`drop table if exists missing1, missing2, missing3`.cursor(2, () => {}),
    ],
    ['at the first rows of a cursor', {}, (sql) => sql`select from generate_series(1, 9)`.cursor(2, throws)],
    ['at the last rows of a cursor', {}, (sql) => sql`select 1`.cursor(2, throws)],
    [
      'later, at the last rows of a cursor',
      {},
      (sql) =>
        sql`select 1`.cursor(2, async () => {
          await sql.parameters;
          throws();
        }),
    ],
  ];

  test.each(ways)(
    '%s, rejects its query, and no other is told what is not so',
    async (_when, options, ask) => {
      const sql = open(options);
      await sql`select 0`;
      const asked = [1, 2, 3, 4].map((row) => sql`select ${row}::int as row`);
      const [failed, ...others] = await Promise.all([
        rejection(Promise.resolve(ask(sql))),
        ...asked.map((query) =>
          query.then(
            (rows) => [...rows],
            (error: unknown) => error,
          ),
        ),
      ]);
      expect(failed).toMatchObject({ message: 'of the program' });
      for (const [index, answer] of others.entries()) {
        // Only what was sent with it may be lost with its connection.
        if (answer instanceof Error)
          expect(answer).toMatchObject({ code: 'CONNECTION_CLOSED', cause: failed });
        else expect(answer).toEqual([{ row: index + 1 }]);
      }
      expect([...(await sql`select 5 as five`)]).toEqual([{ five: 5 }]);
    },
  );
});

test('describe() gives what it was asked for', async () => {
  const sql = open();
  const { string, types, columns } = await sql`select ${1}::int as a`.describe();
  expect({ string, types, names: columns.map(({ name }) => name) }).toEqual({
    string: 'select $1::int as a',
    types: [23],
    names: ['a'],
  });
});
