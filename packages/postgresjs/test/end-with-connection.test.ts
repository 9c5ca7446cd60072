import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import postgres from '../src/index.ts';

let emulator: Emulator;
let sql: postgres.Sql;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: { poolSize: 2 } });
  await emulator.query('create table ledger (entry text)');
  await emulator.query('grant all on ledger to app');
});
afterAll(() => emulator.stop());
afterEach(() => (sql as postgres.Sql | undefined)?.end({ timeout: 1 }));

/** One connection, reopened at once: whatever is left of the old one meets the new one. */
function open(): postgres.Sql {
  const made = postgres(`${emulator.pgbouncer?.url}&pool_mode=transaction`, {
    max: 1,
    backoff: () => 0.01,
    onnotice: () => {},
  });
  return made;
}

/** A promise and what resolves it. */
function signal(): { readonly given: Promise<void>; give(): void } {
  let give = (): void => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give: () => give() };
}

async function entries(): Promise<string[]> {
  const rows = await emulator.query<{ entry: string }>('select entry from ledger order by entry');
  await emulator.query('truncate ledger');
  return rows.map(({ entry }) => entry);
}

describe('PgBouncer is restarted in the middle of a transaction', () => {
  test.each(['throws', 'returns', 'goes on writing', 'opens a savepoint'])(
    'and what is left of it, which %s, takes nothing from the next transaction',
    async (ending) => {
      sql = open();
      const begun = signal();
      const goOn = signal();
      let later: unknown;
      const first = sql.begin(async (transaction) => {
        await transaction`insert into ledger values ('first')`;
        begun.give();
        await goOn.given;
        if (ending === 'throws') throw new Error('changed its mind');
        if (ending === 'goes on writing') {
          later = await transaction`insert into ledger values ('stale')`.catch((error: unknown) => error);
          await transaction.unsafe(`insert into ledger values ('stale')`).catch(() => {});
        }
        if (ending === 'opens a savepoint') {
          later = await transaction
            .savepoint((inner) => inner`insert into ledger values ('stale')`)
            .catch((error: unknown) => error);
        }
      });
      const failed = first.catch((error: unknown) => error);
      await begun.given;
      await emulator.pgbouncer?.restart();
      expect(await failed).toMatchObject({ code: 'CONNECTION_CLOSED' });

      const inside = signal();
      const finish = signal();
      const second = sql.begin(async (transaction) => {
        await transaction`insert into ledger values ('second a')`;
        inside.give();
        await finish.given;
        await transaction`insert into ledger values ('second b')`;
      });
      await inside.given;
      goOn.give();
      // Whatever the first one still sends would come before this.
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      finish.give();
      await second;
      expect(await entries()).toEqual(['second a', 'second b']);
      if (ending.startsWith('goes') || ending.startsWith('opens')) {
        expect(later).toMatchObject({ code: 'CONNECTION_CLOSED' });
      }
    },
  );

  test('and the process lives, whatever was under way', async () => {
    sql = open();
    const many = Array.from({ length: 20 }, (_, id) =>
      sql.begin(async (transaction) => {
        await transaction`insert into ledger values (${`many ${id}`})`;
        await transaction`select pg_sleep(0.02)`;
      }),
    );
    const settled = Promise.allSettled(many);
    await many[0];
    await emulator.pgbouncer?.restart();
    const committed = (await settled).filter(({ status }) => status === 'fulfilled').length;
    expect((await entries()).length).toBeGreaterThanOrEqual(committed);
    expect(await sql`select 1 as one`).toMatchObject([{ one: 1 }]);
  });
});

test('a reserved connection that broke is not lent again', async () => {
  sql = open();
  const reserved = await sql.reserve();
  await reserved`select 1`;
  await emulator.pgbouncer?.restart();
  const late = reserved`insert into ledger values ('stale')`;
  await expect(late).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
  reserved.release();
  expect(await sql`select 1 as one`).toMatchObject([{ one: 1 }]);
  expect(await entries()).toEqual([]);
});

test('end() comes to its end although a connection broke under a query', async () => {
  sql = open();
  const asleep = expect(sql`select pg_sleep(60)`).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
  const running = "select 1 from pg_stat_activity where state = 'active' and query = 'select pg_sleep(60)'";
  await vi.waitFor(async () => expect(await emulator.query(running)).toHaveLength(1));
  await emulator.pgbouncer?.restart();
  await asleep;
  await sql.end();
});

test('end() comes to its end when what was reserved is given back later, and waits for it', async () => {
  sql = open();
  const reserved = await sql.reserve();
  await reserved`select 1`;
  let ended = false;
  const end = sql.end().then(() => {
    ended = true;
  });
  expect(await reserved`select 2 as two, pg_sleep(1.5)`).toMatchObject([{ two: 2 }]);
  expect(ended).toBe(false);
  reserved.release();
  await end;
});

test('debug tells where in the program a query of a transaction was', async () => {
  sql = postgres(`${emulator.pgbouncer?.url}&pool_mode=transaction`, { debug: true });
  const error = await sql
    .begin((transaction) => transaction.unsafe('select 1/0'))
    .catch((reason: Error) => reason);
  expect((error as Error).stack).toContain('end-with-connection.test');
});

test('transactions, savepoints and reserved connections work as ever', async () => {
  sql = open();
  await sql.begin(async (transaction) => {
    await transaction`insert into ledger values ('kept')`;
    await transaction
      .savepoint(async (inner) => {
        await inner`insert into ledger values ('undone')`;
        throw new Error('back to the savepoint');
      })
      .catch(() => {});
  });
  await sql.begin((transaction) => [transaction`insert into ledger values ('as an array')`]);
  await expect(
    sql.begin('read only', (transaction) => transaction`insert into ledger values ('refused')`),
  ).rejects.toMatchObject({ code: '25006' });
  const reserved = await sql.reserve();
  await reserved`insert into ledger values ('reserved')`;
  reserved.release();
  expect(await entries()).toEqual(['as an array', 'kept', 'reserved']);
});
