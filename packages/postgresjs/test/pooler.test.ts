import { randomUUID } from 'node:crypto';
import { rejection, type Stand, startStand } from '@azure-pg/contract';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import driver from 'postgres';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import postgres from '../src/index.ts';

// The machine may be busy.
const patience = { timeout: 15_000 };

let stand: Stand;
beforeAll(async () => {
  stand = await startStand();
});
afterAll(() => stand.stop());

const open: postgres.Sql[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((sql) => sql.end({ timeout: 0 })));
});
function opened(...given: Parameters<typeof postgres>): postgres.Sql {
  const sql = postgres(...given);
  open.push(sql);
  return sql;
}

/** Workers that insert a row per transaction; what they were told and what is there. */
async function commits(
  sql: postgres.Sql,
  workers: number,
  each: number,
  /** Milliseconds after which it counts what there is: the bare driver does not answer all. */
  patience?: number,
): Promise<{ reported: number; rows: number }> {
  const run = randomUUID();
  let reported = 0;
  const worker = async (number: number): Promise<void> => {
    for (let i = 0; i < each; i++) {
      const id = `${run}/${number}/${i}`;
      await sql
        .begin((transaction) => transaction`insert into contract_ledger (id) values (${id})`)
        .then(() => reported++)
        .catch(() => {});
    }
  };
  const all = Promise.all(Array.from({ length: workers }, (_, number) => worker(number)));
  const late = new Promise<void>((resolve) => {
    if (patience !== undefined) setTimeout(resolve, patience).unref();
  });
  await Promise.race([all, late]);
  const [row] = await stand.adversarial.query<{ n: number }>(
    'select count(*)::int as n from contract_ledger where id like $1',
    [`${run}/%`],
  );
  return { reported, rows: row?.n ?? 0 };
}

describe('transactions through a busy pooler', () => {
  test('every commit that is reported is a row', async () => {
    const sql = opened(stand.passwordUrl('adversarial'), { max: 10 });
    expect(await commits(sql, 20, 25)).toEqual({ reported: 500, rows: 500 });
  });

  test('the bare driver reports commits that are none', { timeout: 90_000 }, async () => {
    const { port, user, password } = stand.adversarial.pgbouncer ?? { port: 0, user: '', password: '' };
    let lost = 0;
    // By chance every transaction of a round can end on the server where it began.
    for (let round = 0; round < 10 && lost === 0; round += 1) {
      const bare = driver({
        host: 'localhost',
        port,
        user,
        password,
        database: 'postgres',
        max: 10,
        ssl: { ca: stand.adversarial.ca.pem },
      });
      open.push(bare);
      const { reported, rows } = await commits(bare, 20, 25, 8000);
      lost = reported - rows;
    }
    expect(lost).toBeGreaterThan(0);
  });
});

describe('a pooler that carries prepared statements', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator({ pooler: { adversarial: true, maxPreparedStatements: 200 } });
  });
  afterAll(() => emulator.stop());

  test('gets named ones, and they are right on every server', async () => {
    const url = `${emulator.pgbouncer?.url}&pool_mode=transaction&max_prepared_statements=200`;
    const sql = opened(url, { max: 4 });
    const answers = await Promise.all(Array.from({ length: 100 }, (_, i) => sql`select ${i}::int as i`));
    expect(answers.map(([row]) => row?.i)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    const { statement } = await sql`select ${1}::int as i`;
    expect(statement.name).not.toBe('');
    await sql.begin(async (transaction) => {
      await transaction`select ${1}::int`;
    });
  });
});

describe('a pooler that is to be detected', () => {
  test('loses nothing, though nobody said that it is there', async () => {
    const sql = opened(stand.passwordUrl('adversarial', { pool_mode: 'detect' }), { max: 4 });
    await sql`select 1`;
    expect(sql.options.prepare).toBe(false);
    expect(await commits(sql, 10, 10)).toEqual({ reported: 100, rows: 100 });
  });

  test('and is not there, gets prepared statements', async () => {
    const sql = opened(stand.passwordUrl('direct', { pool_mode: 'detect' }));
    await sql`select 1`;
    expect(sql.options.prepare).toBe(true);
  });
});

describe('a pooler in statement mode', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator({ pooler: { poolMode: 'statement' } });
  });
  afterAll(() => emulator.stop());

  test.each(['warn', 'off'])(
    'refuses begin before anything has happened, and says why; queries work (session_features=%s)',
    async (features) => {
      const sql = opened(`${emulator.pgbouncer?.url}&pool_mode=statement&session_features=${features}`);
      let ran = false;
      const error = await rejection(
        sql.begin(async () => {
          ran = true;
        }),
      );
      expect(error).toMatchObject({ code: 'POOLER_UNSUPPORTED' });
      expect(ran).toBe(false);
      expect(await sql`select ${1}::int as x`).toEqual([{ x: 1 }]);
    },
  );
});

describe('listen', () => {
  test('through a pooler beside which no server is known is refused: nothing would be delivered', async () => {
    const url = new URL(stand.passwordUrl('pooled'));
    url.searchParams.delete('direct_port');
    const sql = opened(url.href);
    expect(await rejection(sql.listen('orders', () => {}))).toMatchObject({
      code: 'POOLER_UNSUPPORTED',
      message: expect.stringContaining('sql.listen()'),
    });
    expect([...(await sql`select 1 as x`)]).toEqual([{ x: 1 }]);
  });

  test('through the pooler’s URL is delivered, because it goes to the server itself', async () => {
    const sql = opened(stand.passwordUrl('pooled'));
    const received = new Promise((resolve) => {
      void sql.listen('orders', resolve);
    });
    const { unlisten } = await sql.listen('other', () => {});
    await expect.poll(() => listeners(), patience).toBe(1);
    await sql.notify('orders', 'the 7th');
    expect(await received).toBe('the 7th');
    await unlisten();
    expect(await rejection(sql.end().then(() => sql`select 1`))).toMatchObject({ code: 'CONNECTION_ENDED' });
    await expect.poll(() => listeners(), patience).toBe(0);
  });

  const listeners = async (): Promise<number> => {
    const rows = await stand.ordinary.query(
      "select 1 from pg_stat_activity where query ilike 'listen%' or query ilike 'unlisten%'",
    );
    return rows.length;
  };

  test('goes on after the server was restarted', async () => {
    const sql = opened(stand.passwordUrl('pooled'), { backoff: () => 0.05 });
    const received: string[] = [];
    let listening = 0;
    await sql.listen(
      'orders',
      (value) => received.push(value),
      () => listening++,
    );
    await stand.ordinary.postgres.restart();
    await expect.poll(() => listening, patience).toBe(2);
    await stand.ordinary.query("select pg_notify('orders', 'after')");
    await expect.poll(() => received, patience).toContain('after');
  });
});

describe('subscribe', () => {
  let emulator: Emulator;
  beforeAll(async () => {
    emulator = await startEmulator({ postgres: { settings: { wal_level: 'logical' } } });
    await emulator.query('create table watched (id int primary key, name text)');
    await emulator.query('grant all on watched to public');
    await emulator.query('alter role app replication');
    await emulator.query('create publication alltables for all tables');
  });
  afterAll(() => emulator.stop());

  test('through the pooler’s URL gets the changes, also after the server was away, and nothing is left unhandled', async () => {
    const url = `${emulator.pgbouncer?.url}&pool_mode=transaction&direct_port=${emulator.postgres.port}`;
    const warnings: string[] = [];
    const logger = { warn: (text: string) => void warnings.push(text) };
    const sql = opened(url, { backoff: () => 0.05, logger });
    const seen: unknown[] = [];
    let subscribed = 0;
    await sql.subscribe(
      'insert:watched',
      (row) => seen.push(row),
      () => subscribed++,
    );
    await emulator.query("insert into watched values (1, 'one')");
    await expect.poll(() => seen, patience).toEqual([{ id: 1, name: 'one' }]);
    await emulator.query('select pg_terminate_backend(pid) from pg_stat_replication');
    await expect.poll(() => subscribed, patience).toBe(2);
    await emulator.postgres.stop();
    // The driver now tries in vain; each of its tries would be an unhandled rejection.
    await expect.poll(() => warnings.length, patience).toBeGreaterThan(1);
    await emulator.postgres.start();
    await expect.poll(() => subscribed, patience).toBeGreaterThan(2);
    await emulator.query("insert into watched values (2, 'two')");
    await expect.poll(() => seen, patience).toContainEqual({ id: 2, name: 'two' });
  });
});

describe('what belongs to a session', () => {
  const guarded = (more = ''): postgres.Sql =>
    opened(`${stand.passwordUrl('pooled')}&session_features=error${more}`);

  test.each([
    ['tagged', (sql: postgres.Sql) => sql`set search_path to shop`],
    ['unsafe', (sql: postgres.Sql) => sql.unsafe('set search_path to shop')],
    ['in a transaction', (sql: postgres.Sql) => sql.begin((tx) => tx`set search_path to shop`)],
    [
      'in a savepoint',
      (sql: postgres.Sql) => sql.begin((tx) => tx.savepoint((sp) => sp`select pg_advisory_lock(${1})`)),
    ],
    ['listen by hand', (sql: postgres.Sql) => sql`listen orders`],
    [
      'on a reserved connection',
      async (sql: postgres.Sql) => {
        const reserved = await sql.reserve();
        try {
          return await reserved`select pg_advisory_lock(1)`;
        } finally {
          reserved.release();
        }
      },
    ],
  ] as const)('is refused where the user wants that: %s', async (_name, run) => {
    expect(await rejection(Promise.resolve(run(guarded())))).toMatchObject({ code: 'POOLER_UNSUPPORTED' });
  });

  test('a fragment that begins with set is no SET', async () => {
    const sql = guarded();
    await sql`update contract_unique ${sql`set id = id`} where id = ${1}`;
    expect(await sql.begin((tx) => tx`set local lock_timeout = 100`.then(() => tx`select 1 as x`))).toEqual([
      { x: 1 },
    ]);
  });

  test('is warned of by default, once', async () => {
    const warnings: string[] = [];
    const logger = { warn: (text: string) => void warnings.push(text) };
    const sql = opened(stand.passwordUrl('pooled'), { logger });
    await sql`load 'auto_explain'`.catch(() => {});
    await sql`load 'auto_explain'`.catch(() => {});
    expect(warnings.filter((text) => text.startsWith('LOAD'))).toHaveLength(1);
  });
});

test('copy in and out, cursors and large objects work through the pooler', async () => {
  const sql = opened(stand.passwordUrl('adversarial'));
  const prefix = randomUUID();
  const writable = await sql`copy contract_ledger (id) from stdin`.writable();
  await new Promise<void>((resolve, reject) => {
    writable.on('finish', resolve).on('error', reject);
    writable.end(Array.from({ length: 1000 }, (_, i) => `${prefix}/${i}\n`).join(''));
  });
  let text = '';
  for await (const chunk of await sql`copy (select id from contract_ledger where id like ${sql.unsafe(`'${prefix}%'`)}) to stdout`.readable()) {
    text += chunk;
  }
  expect(text.split('\n')).toHaveLength(1001);
  let rows = 0;
  for await (const batch of sql`select generate_series(1, 250)`.cursor(100)) rows += batch.length;
  expect(rows).toBe(250);
  const large = await sql.largeObject();
  await large.write(Buffer.from('hello'));
  await large.seek(0);
  expect(await large.read(5)).toEqual([{ data: Buffer.from('hello') }]);
  await large.close();
});
