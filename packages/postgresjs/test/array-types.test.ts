import { type Emulator, startEmulator } from '@azure-pg/emulator';
import fc from 'fast-check';
import driver from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import postgres from '../src/index.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: { poolSize: 2 } });
});
afterAll(() => emulator.stop());

const element = fc.oneof(
  fc.constantFrom('', 'NULL', 'null', '{', '}', ',', ';', '"', '\\', ' ', '[0:1]={1}', 'a=b', '\n', 'é😀'),
  fc.string({ maxLength: 8 }).map((text) => text.replaceAll('\0', '')),
);

describe.each([true, false])('arrays with fetch_types: %s', (fetch_types) => {
  test('are read and written as the bare driver does, but that NULL is null', async () => {
    const { host, port, user, password } = emulator.postgres;
    const bare = driver({
      host,
      port,
      user,
      password,
      database: 'postgres',
      ssl: { ca: emulator.ca.pem },
      fetch_types,
    });
    const ours = postgres(emulator.postgres.url, { fetch_types });
    try {
      const told = async (query: Promise<object>): Promise<unknown> =>
        query.then(
          (rows) => [...(rows as object[])],
          ({ code }) => code,
        );
      const ask = async (sql: driver.Sql): Promise<unknown> => {
        // The bare driver learns the types with its first connection, and builds queries before that.
        await sql`select 1`;
        return Promise.all([
          told(sql`select array[1, 2] as a, array[['x', 'y'], ['z', '']] as b, array[true] as c, '{}'::text[] as d,
            array['2024-01-01Z'::timestamptz] as e, array['{"a": [1]}'::jsonb] as f, array['\\x00ff'::bytea] as g,
            array[box '((1,1),(0,0))', box '((3,3),(2,2))'] as h, '1 2'::int2vector as i, array['k'::name] as j`),
          told(sql`select ${sql.array([1, 2])}::int[] as k, ${sql.array(['a,b', '"c"'])}::text[] as l`),
          told(sql`select ${sql.array([[1], [2]])}::int[] as m`),
          told(sql`select ${sql.array([new Date(0)])}::timestamptz[] as n`),
        ]);
      };
      expect(await ask(ours)).toEqual(await ask(bare));
    } finally {
      await Promise.all([bare.end(), ours.end()]);
    }
  });
});

describe('arrays', () => {
  test('of texts come back as they were sent, whatever is in them', async () => {
    const sql = postgres(emulator.postgres.url);
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(fc.option(element), { minLength: 1, maxLength: 5 }), async (texts) => {
          const [row] = await sql`select ${texts}::text[] as back, array_to_json(${texts}::text[]) as told`;
          expect(row?.back).toEqual(texts);
          expect(row?.told).toEqual(texts);
        }),
        { numRuns: 300 },
      );
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(element, element), { minLength: 1, maxLength: 3 }),
          async (texts) => {
            const [row] =
              await sql`select ${texts}::text[][] as back, array_to_json(${texts}::text[][]) as told`;
            expect(row?.back).toEqual(texts);
            expect(row?.told).toEqual(texts);
          },
        ),
        { numRuns: 100 },
      );
    } finally {
      await sql.end();
    }
  });

  test.each([
    ["'[0:1]={3,4}'::int[]", [3, 4]],
    [
      "'[-1:0][2:3]={{1,2},{3,4}}'::int[]",
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ['array[1, null]', [1, null]],
    ["array['null', null, 'NULL']", ['null', null, 'NULL']],
    [
      'array[[1, null], [null, 2]]',
      [
        [1, null],
        [null, 2],
      ],
    ],
    ["array['[0:1]={a}']", ['[0:1]={a}']],
  ])('%s is what the server says', async (text, value) => {
    const sql = postgres(emulator.postgres.url);
    try {
      const [row] = await sql.unsafe(`select ${text} as value`);
      expect(row?.value).toEqual(value);
    } finally {
      await sql.end();
    }
  });

  test('of a type that was made before the instance connects are read', async () => {
    await emulator.query("create type mood as enum ('sad', 'happy')");
    const sql = postgres(emulator.postgres.url, { max: 5 });
    try {
      const rows = await Promise.all(
        Array.from({ length: 5 }, () => sql`select array['happy'::mood] as moods, pg_sleep(0.05)`),
      );
      for (const [row] of rows) expect(row?.moods).toEqual(['happy']);
    } finally {
      await sql.end();
    }
  });
});
