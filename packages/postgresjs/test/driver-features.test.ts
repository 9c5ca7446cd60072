import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rejection, type Stand, startStand } from '@azure-pg/contract';
import driver from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import postgres from '../src/index.ts';

let stand: Stand;
let folder: string;
beforeAll(async () => {
  [stand, folder] = await Promise.all([startStand(), mkdtemp(join(tmpdir(), 'azure-pg-test-'))]);
  await writeFile(join(folder, 'query.sql'), 'select $1::int + 1 as sum');
});
afterAll(async () => {
  await Promise.all([stand.stop(), rm(folder, { recursive: true })]);
});

type Sql = postgres.Sql;
type Options = driver.Options<Record<string, driver.PostgresType>>;
interface Feature {
  readonly name: string;
  readonly options?: Options;
  /** Gives what a user would see. */
  readonly use: (sql: Sql) => Promise<unknown>;
}

const notices: string[] = [];
const parameters = new Map<string, string>();
const debugged: string[] = [];

const features: readonly Feature[] = [
  {
    name: 'rows with their metadata',
    use: async (sql) => {
      const result = await sql`select ${1}::int as a, ${'b'}::text as b`;
      return {
        rows: [...result],
        count: result.count,
        command: result.command,
        columns: result.columns.map(({ name, type }) => [name, type]),
      };
    },
  },
  {
    name: 'values and raw',
    use: async (sql) =>
      [await sql`select 1, 'x'`.values(), await sql`select 1, 'x'`.raw()].map((rows) => [...rows]),
  },
  {
    name: 'helpers',
    use: async (sql) => [
      ...(await sql`select * from (values ${sql([
        [1, 'a'],
        [2, 'b'],
      ])}) as v (n, t) where n in ${sql([1, 2])} and ${sql('t')} = any(${['a', 'c']}::text[])`),
    ],
  },
  {
    name: 'forEach',
    use: async (sql) => {
      const rows: unknown[] = [];
      await sql`select generate_series(1, 3) as n`.forEach((row) => void rows.push(row));
      return rows;
    },
  },
  {
    name: 'cursor, broken off',
    use: async (sql) => {
      for await (const rows of sql`select generate_series(1, 100) as n`.cursor(10)) return rows.length;
      return undefined;
    },
  },
  {
    name: 'describe',
    use: async (sql) => {
      const { string, types, columns } = await sql`select ${1}::int as a`.describe();
      return { string, types, columns: columns.map(({ name }) => name) };
    },
  },
  {
    name: 'several statements at once',
    use: async (sql) =>
      [...(await sql.unsafe('select 1 as a; select 2 as b'))].map((rows) => [
        ...(rows as unknown as object[]),
      ]),
  },
  { name: 'file', use: async (sql) => [...(await sql.file(join(folder, 'query.sql'), [41]))] },
  {
    name: 'savepoints',
    use: async (sql) =>
      sql.begin(async (tx) => {
        const inner = await tx
          .savepoint(async (sp) => {
            await sp`select 1/0`;
          })
          .catch((error) => error.code);
        return [inner, ...(await tx`select 1 as x`)];
      }),
  },
  {
    name: 'begin with options and a list of queries',
    use: async (sql) =>
      (
        (await sql.begin(
          'read only',
          (tx) => [tx`select 1 as a`, tx`show transaction_read_only`] as never,
        )) as unknown as object[][]
      ).map((rows) => [...rows]),
  },
  {
    name: 'reserve',
    use: async (sql) => {
      const reserved = await sql.reserve();
      const rows = await reserved`select 1 as x`;
      reserved.release();
      return [...rows];
    },
  },
  {
    name: 'the error of a transaction',
    use: (sql) => rejection(sql.begin((tx) => tx`select 1/0`)).then((error) => ({ ...(error as object) })),
  },
  {
    name: 'transform',
    options: { transform: postgres.camel },
    use: async (sql) => [...(await sql`select 1 as camel_case, null as no_value`)],
  },
  {
    name: 'types',
    options: { types: { bigint: postgres.BigInt as driver.PostgresType } },
    use: async (sql) => [...(await sql`select ${sql.typed(12n as never, 20)} as n, 9007199254740993 as m`)],
  },
  {
    name: 'onnotice',
    options: { onnotice: ({ message }) => notices.push(message ?? '') },
    use: async (sql) => {
      await sql`do $$ begin raise notice 'mind the gap'; end $$`;
      return notices.splice(0);
    },
  },
  {
    name: 'onparameter and sql.parameters',
    options: { onparameter: (key, value) => parameters.set(key, value) },
    use: async (sql) => {
      await sql`select 1`;
      return [parameters.get('client_encoding'), sql.parameters.server_encoding, sql.parameters.is_superuser];
    },
  },
  {
    name: 'debug',
    options: { debug: (_id, query) => debugged.push(query), fetch_types: false },
    use: async (sql) => {
      const { query, parameters } = (await rejection(sql`select 1 / ${0}::int`)) as {
        query: string;
        parameters: unknown;
      };
      return [debugged.splice(0), query, parameters];
    },
  },
  {
    name: 'fetch_types: arrays of the user’s own types',
    use: async (sql) => [...(await sql`select array['a', 'b']::name[] as names`)],
  },
  {
    name: 'startup parameters',
    options: { connection: { application_name: 'shop', TimeZone: 'Asia/Tokyo' } },
    use: async (sql) => [
      ...(await sql`select current_setting('application_name'), current_setting('TimeZone')`),
    ],
  },
  {
    name: 'copy',
    use: async (sql) => {
      let text = '';
      for await (const chunk of await sql`copy (select generate_series(1, 3)) to stdout`.readable())
        text += chunk;
      return text;
    },
  },
];

const ours = (route: 'direct' | 'adversarial', options: Options = {}): Sql =>
  postgres(stand.passwordUrl(route), options as object) as Sql;

describe.each(['direct', 'adversarial'] as const)('does what the bare driver does, %s', (route) => {
  test.each(features)('$name', async ({ use, options = {} }) => {
    const { ca, ...server } = stand.plainServer();
    const both = [driver({ ...server, ssl: { ca }, ...options } as Options) as Sql, ours(route, options)];
    try {
      const [expected, actual] = [await use(both[0] as Sql), await use(both[1] as Sql)];
      expect(actual).toEqual(expected);
    } finally {
      await Promise.all(both.map((sql) => sql.end()));
    }
  });

  test('cancel reaches a running query, and leaves the others alone', async () => {
    const sql = ours(route, { max: 2 });
    try {
      const other = sql`select pg_sleep(1), 1 as x`.then(([row]) => row?.x);
      const query = sql`select pg_sleep(30)`.execute();
      await expect
        .poll(async () =>
          stand
            .emulatorOf(route)
            .query(
              "select 1 from pg_stat_activity where query like '%pg_sleep(30)%' and state = 'active' and query not like '%activity%'",
            ),
        )
        .toHaveLength(1);
      query.cancel();
      expect(await rejection(query)).toMatchObject({ code: '57014' });
      expect(await other).toBe(1);
    } finally {
      await sql.end();
    }
  });
});
