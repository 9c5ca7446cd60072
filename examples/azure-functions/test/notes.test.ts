import { HttpRequest, type HttpResponseInit, InvocationContext } from '@azure/functions';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, expect, it } from 'vitest';

let emulator: Emulator;
let pool: typeof import('../src/database.ts')['pool'];
let call: (method: string, body?: unknown) => Promise<HttpResponseInit>;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
  await emulator.query(
    'create table note (id int primary key generated always as identity, text text not null)',
  );
  await emulator.query('grant select, insert on note to public');
  Object.assign(process.env, emulator.env, { DATABASE_URL: emulator.url, PGAPPNAME: 'functions' });
  const { notes } = await import('../src/functions/notes.ts');
  ({ pool } = await import('../src/database.ts'));
  // As the host calls it: a request and a context for each invocation.
  call = (method, body) => {
    const json = body === undefined ? {} : { body: { string: JSON.stringify(body) } };
    const request = new HttpRequest({ method, url: 'http://localhost/api/notes', ...json });
    return notes(request, new InvocationContext({ logHandler: () => {} }));
  };
});
afterAll(async () => {
  await pool?.end();
  await emulator?.stop();
});

const connections = async (): Promise<number> =>
  (await emulator.query("select from pg_stat_activity where application_name = 'functions'")).length;

it('writes and reads', async () => {
  expect(await call('POST', { text: 'first' })).toEqual({ status: 201, jsonBody: { id: 1, text: 'first' } });
  expect(await call('POST', { text: 7 })).toMatchObject({ status: 400 });
  expect(await call('GET')).toEqual({ jsonBody: [{ id: 1, text: 'first' }] });
  expect(await emulator.query('select text from note')).toEqual([{ text: 'first' }]);
});

it('a hundred invocations at once share the pool’s connections and one token', async () => {
  emulator.entra.clearRequests();
  const ends = await Promise.all(
    Array.from({ length: 100 }, (_, index) => call('POST', { text: `${index}` })),
  );
  expect(ends.filter(({ status }) => status === 201)).toHaveLength(100);
  expect(await emulator.query('select count(*)::int as count from note')).toEqual([{ count: 101 }]);
  expect(await connections()).toBeLessThanOrEqual(4);
  // The first connect of this process asked.
  expect(emulator.entra.requests).toEqual([]);
});
