import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { Pool } from '@azure-pg/pg';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';

let emulator: Emulator;
let app: ReturnType<typeof spawn>;
let base: string;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
  await emulator.query(
    'create table note (id int primary key generated always as identity, text text not null)',
  );
  await emulator.query('grant all on note to public');
  app = spawn(
    process.execPath,
    ['--conditions=@azure-pg/source', fileURLToPath(new URL('../src/main.ts', import.meta.url))],
    {
      env: { ...process.env, ...emulator.env, DATABASE_URL: emulator.url, PGAPPNAME: 'fastify', PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  [base] = (await once(createInterface({ input: app.stdout as NodeJS.ReadableStream }), 'line')) as [string];
});
afterAll(async () => {
  app?.kill('SIGKILL');
  await emulator?.stop();
});

const post = (body: unknown): Promise<Response> =>
  fetch(`${base}/notes`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

it('writes, reads, and says that it is well', async () => {
  expect((await post({ text: 'first' })).status).toBe(201);
  expect((await post({})).status).toBe(400);
  expect(await (await fetch(`${base}/notes`)).json()).toEqual([{ id: 1, text: 'first' }]);
  expect(await (await fetch(`${base}/health`)).json()).toEqual({ ok: true });
});

it('SIGTERM: the request that is under way is answered, then the pool ends', async () => {
  const { pid } = app;
  const pool = new Pool({ connectionString: emulator.url, credential: emulator.entra.credential() });
  const other = await pool.connect();
  await other.query('begin; lock note in exclusive mode');
  const answer = post({ text: 'last' });
  const waiting =
    "select from pg_stat_activity where application_name = 'fastify' and wait_event_type = 'Lock'";
  await vi.waitUntil(async () => (await emulator.query(waiting)).length === 1);
  const ended = once(app, 'exit');
  process.kill(pid as number, 'SIGTERM');
  // It takes no more (503 on connections that are kept, none on new ones), and still owes an answer.
  await vi.waitUntil(() =>
    fetch(`${base}/health`).then(
      ({ ok }) => !ok,
      () => true,
    ),
  );
  await other.query('commit');
  other.release();
  await pool.end();
  expect((await answer).status).toBe(201);
  expect(await ended).toEqual([0, null]);
  expect(await emulator.query('select text from note order by id')).toEqual([
    { text: 'first' },
    { text: 'last' },
  ]);
  expect(await emulator.query("select from pg_stat_activity where application_name = 'fastify'")).toEqual([]);
});
