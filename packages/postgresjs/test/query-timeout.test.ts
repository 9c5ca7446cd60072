import { faultProxy } from '@azure-pg/contract';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import postgres from '@azure-pg/postgresjs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: { adversarial: true } });
  await emulator.query('create table limited (who text)');
  await emulator.query('grant all on limited to public');
});
afterAll(() => emulator.stop());

const opened: postgres.Sql[] = [];
afterEach(() => Promise.all(opened.splice(0).map((sql) => sql.end({ timeout: 1 }))));
const open = (options: object = {}, url = emulator.postgres.url): postgres.Sql => {
  const sql = postgres(url, { max: 1, query_timeout: 300, ...options });
  opened.push(sql);
  return sql;
};
const codeOf = (query: PromiseLike<unknown>): PromiseLike<unknown> =>
  query.then(
    () => undefined,
    ({ code }) => code,
  );

test.each(['direct', 'pooled'])(
  'a query that takes too long is cancelled, and only that one, %s',
  async (route) => {
    const sql = route === 'direct' ? open() : open({ poolMode: 'transaction' }, emulator.pgbouncer?.url);
    const answers = [sql`select 1 as one`, sql`select pg_sleep(60)`, sql`select 2 as two`];
    const [one, late, two] = await Promise.allSettled(answers);
    expect(one).toMatchObject({ value: [{ one: 1 }] });
    expect(late).toMatchObject({ reason: { code: '57014' } });
    expect(two).toMatchObject({ value: [{ two: 2 }] });
    expect(await emulator.query(`select 1 from pg_stat_activity where wait_event = 'PgSleep'`)).toEqual([]);
  },
);

test('a transaction whose statement takes too long is rolled back', async () => {
  const sql = open();
  const late = sql.begin(async (tx) => {
    await tx`insert into limited values ('late')`;
    await tx`select pg_sleep(60)`;
  });
  expect(await codeOf(late)).toBe('57014');
  expect([...(await sql`select * from limited`)]).toEqual([]);
});

test('the time that a query waits for a connection does not count', async () => {
  const sql = open();
  const rows = await Promise.all(Array.from({ length: 4 }, () => sql`select 1 as one, pg_sleep(0.2)`));
  expect(rows).toHaveLength(4);
});

test('a server that does not even answer the request to cancel is given up', {
  timeout: 30_000,
}, async () => {
  await using proxy = await faultProxy(emulator.postgres.port);
  const url = new URL(emulator.postgres.url);
  url.port = String(proxy.port);
  const sql = open({}, url.href);
  await sql`select 1`;
  const lost = codeOf(sql`select pg_sleep(60)`);
  const behind = sql`select 2 as two`.catch((error: unknown) => error);
  proxy.silence();
  proxy.retarget(1);
  expect(await lost).toBe('QUERY_TIMEOUT');
  // It has not taken too long itself.
  expect(await behind).toMatchObject({ code: 'CONNECTION_CLOSED', cause: { code: 'QUERY_TIMEOUT' } });
  proxy.retarget(emulator.postgres.port);
  expect([...(await sql`select 1 as one`)]).toEqual([{ one: 1 }]);
});

test('a cursor and a COPY take as long as the program does', async () => {
  const sql = open({ max: 2 });
  const rows: unknown[] = [];
  for await (const [row] of sql`select n from generate_series(1, 2) as n`.cursor(1)) {
    rows.push(row?.n);
    await new Promise((resolve) => setTimeout(resolve, 400));
  }
  expect(rows).toEqual([1, 2]);
  const copy = await sql`copy limited from stdin`.writable();
  await new Promise((resolve) => setTimeout(resolve, 400));
  await new Promise<void>((resolve, reject) => {
    copy.on('error', reject).on('finish', () => resolve());
    copy.end('copied\n');
  });
  await expect.poll(() => emulator.query('select who from limited')).toEqual([{ who: 'copied' }]);
});

test.each([-1, Number.NaN, '300', 2 ** 31])('%s is no time', (query_timeout) => {
  expect(() => postgres(emulator.postgres.url, { query_timeout: query_timeout as number })).toThrow(
    expect.objectContaining({ code: 'INVALID_SETTING', message: expect.stringContaining('query_timeout') }),
  );
});
