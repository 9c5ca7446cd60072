import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

type Route = typeof import('../src/app/api/notes/route.ts');

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
  await emulator.query(
    'create table note (id int primary key generated always as identity, text text not null)',
  );
  await emulator.query('grant select, insert on note to public');
  Object.assign(process.env, emulator.env, { DATABASE_URL: emulator.url, PGAPPNAME: 'next' });
});
afterAll(async () => {
  await (await import('../src/lib/database.ts')).pool.end();
  await emulator?.stop();
});

/** As `next dev` does after a change: all modules anew, in the same process. */
async function reloaded(): Promise<Route> {
  vi.resetModules();
  return await import('../src/app/api/notes/route.ts');
}
const post = (text: unknown): Request =>
  new Request('http://localhost/api/notes', { method: 'POST', body: JSON.stringify({ text }) });

it('writes and reads', async () => {
  const { GET, POST } = await reloaded();
  expect((await POST(post('first'))).status).toBe(201);
  expect((await POST(post(7))).status).toBe(400);
  expect(await (await GET()).json()).toEqual([{ id: 1, text: 'first' }]);
});

it('reloading the modules leaves the process with its one pool', async () => {
  const routes: Route[] = [];
  for (let change = 0; change < 10; change += 1) routes.push(await reloaded());
  expect(new Set(routes.map(({ GET }) => GET)).size).toBe(10);
  for (const { GET } of routes) expect(await (await GET()).json()).toHaveLength(1);
  // One request after the other needs one connection; ten pools would hold ten.
  expect(await emulator.query("select from pg_stat_activity where application_name = 'next'")).toHaveLength(
    1,
  );
});
