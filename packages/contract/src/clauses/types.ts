import { describe, expect, test } from 'vitest';
import type { Query } from '../adapter.ts';
import type { Context } from '../context.ts';

const values = [
  '1::int2',
  '2147483647::int4',
  '9007199254740993::int8',
  "'NaN'::numeric",
  '12345678901234567890.123456789::numeric',
  '0.1::float4',
  "'-Infinity'::float8",
  "'12.34'::money",
  "'é ü 😀'::text",
  "'ab'::char(4)",
  "'\\x00ff10'::bytea",
  'true',
  'null::text',
  "'2024-02-29'::date",
  "'infinity'::timestamptz",
  "'2024-02-29 12:34:56.789012'::timestamp",
  "'2024-02-29 12:34:56.789012+02'::timestamptz",
  "'12:34:56.7'::time",
  "'1 year 2 mons 3 days 04:05:06'::interval",
  '\'{"a":[1,null,{"b":"c"}]}\'::json',
  '\'[1,"two",null]\'::jsonb',
  "'null'::jsonb",
  'array[1,null,3]::int4[]',
  "array[['a','b'],['c','d']]::text[]",
  "array['2024-02-29 12:00+00']::timestamptz[]",
  'array[\'{"a":1}\']::jsonb[]',
  "array['x','y,\"z']::varchar[]",
  "'{}'::int4[]",
  'array[9007199254740993]::int8[]',
  "'6c6f6361-6c00-4000-a000-617a75726500'::uuid",
  "'10.1.2.3/8'::inet",
  "'(1,2)'::point",
  "'[1,5)'::int4range",
  "'101'::bit(3)",
];

const parameters: readonly (readonly [type: string, value: unknown])[] = [
  ['int4', 7],
  ['int8', '9007199254740993'],
  ['int8', 12n],
  ['numeric', '1.50'],
  ['float8', 1.5],
  ['text', "it's"],
  ['text', null],
  ['bool', false],
  ['timestamptz', new Date('2024-02-29T12:34:56.789Z')],
  ['date', '2024-02-29'],
  ['bytea', Buffer.from([0, 255, 16])],
  ['jsonb', { a: [1, null], b: 'c' }],
  ['int4[]', [1, 2, 3]],
  ['text[]', ['a', 'b,"c']],
  ['uuid', '6c6f6361-6c00-4000-a000-617a75726500'],
  ['int4', 'no number'],
];

/** The bare postgres.js reads NULL in an array of numbers as NaN. There the value is the server's. */
function withNulls(rows: unknown): unknown {
  if (!Array.isArray(rows)) return rows;
  return rows.map(({ value }) => ({
    value: Array.isArray(value) ? value.map((element) => (Number.isNaN(element) ? null : element)) : value,
  }));
}

/** Values come back exactly as the bare driver gives them, whatever that is. */
export function describeTypes(context: Context): void {
  async function outcome(query: Query, sql: string, given: readonly unknown[] = []): Promise<unknown> {
    try {
      return await query(sql, given);
    } catch (error) {
      return { refused: context.sqlState(error) ?? (error as Error).name };
    }
  }

  describe('types come and go as with the bare driver', () => {
    test('out of the database', async ({ skip }) => {
      if (context.adapter.openBare === undefined) skip('there is no bare driver to compare with');
      const bare = await context.openBare();
      const ours = await context.open({ url: context.stand.passwordUrl('direct') });
      for (const value of values) {
        const sql = `select ${value} as value`;
        expect(await outcome(ours.query, sql), value).toStrictEqual(
          withNulls(await outcome(bare.query, sql)),
        );
      }
    });

    test('into it', async ({ skip }) => {
      if (context.adapter.openBare === undefined) skip('there is no bare driver to compare with');
      const bare = await context.openBare();
      const ours = await context.open({ url: context.stand.passwordUrl('direct') });
      for (const [type, value] of parameters) {
        const sql = `select $1::${type} as value, pg_typeof($1::${type})::text as type`;
        const label = `${type} ${String(value)}`;
        expect(await outcome(ours.query, sql, [value]), label).toStrictEqual(
          await outcome(bare.query, sql, [value]),
        );
      }
    });
  });
}
