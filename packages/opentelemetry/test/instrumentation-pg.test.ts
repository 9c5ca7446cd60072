import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { resolveConnection } from '@azure-pg/core';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, beforeAll, expect, it } from 'vitest';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
});
afterAll(() => emulator.stop());

interface Seen {
  readonly spans: readonly {
    readonly name: string;
    readonly parent: string | undefined;
    readonly attributes: Readonly<Record<string, unknown>>;
  }[];
  readonly metrics: readonly {
    readonly name: string;
    readonly attributes: Readonly<Record<string, unknown>>;
    readonly value: number;
  }[];
}

/** In a process of its own: it patches pg while that is loaded. */
function run(program: string): Promise<Seen> {
  const path = fileURLToPath(new URL(`./programs/${program}`, import.meta.url));
  const child = spawn(process.execPath, ['--conditions=@azure-pg/source', path], {
    env: { ...process.env, NODE_OPTIONS: '', ...emulator.env, DATABASE_URL: emulator.url },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (data) => {
    output += data;
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', () => {
      try {
        resolve(JSON.parse(output));
      } catch {
        reject(new Error(output));
      }
    });
  });
}

it("OpenTelemetry's instrumentation of pg sees our pool's queries, waits and connections at Azure's host", async () => {
  const { spans, metrics } = await run('with-instrumentation-pg.mjs');
  const { hosts, database } = resolveConnection(emulator.url, {}, emulator.env);
  const [host] = hosts;
  const place = { 'db.namespace': database, 'server.address': host?.host, 'server.port': host?.port };
  const named = (begin: string) => spans.filter(({ name }) => name.startsWith(begin));

  // By a URL, and by host, port and database.
  expect(named('pg.query:SELECT')).toHaveLength(2);
  expect(named('pg-pool.connect')).toHaveLength(2);
  // Ours stand below what waited for them.
  expect(named('CONNECT').map(({ parent }) => parent)).toEqual(['pg-pool.connect', 'pg-pool.connect']);
  const all = [...named('pg.query:SELECT'), ...named('pg-pool.connect'), ...named('CONNECT')];
  for (const { attributes } of all) expect(attributes).toMatchObject(place);

  const pool = `${host?.host}:${host?.port}/${database}`;
  const poolsOf = (metric: string) =>
    new Set(
      metrics
        .filter(({ name }) => name === metric)
        .map(({ attributes }) => attributes['db.client.connection.pool.name']),
    );
  expect(poolsOf('db.client.connection.create_time')).toEqual(new Set([pool]));
  // It does not read the URL of a pool, not even of pg's own.
  const unread = 'unknown_host:unknown_port/unknown_database';
  expect(poolsOf('db.client.connection.count')).toEqual(new Set([unread, pool]));
});
