import { once } from 'node:events';
import { type AzureConnection, forgetPooling } from '@azure-pg/core';
import { type Emulator, pgbouncerAvailable, startEmulator } from '@azure-pg/emulator';
import { Client, directPool, ownConnection, Pool, Query, withDirect } from '@azure-pg/pg';
import pg from 'pg';
import Cursor from 'pg-cursor';
import QueryStream from 'pg-query-stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const pooler = await pgbouncerAvailable();

describe.skipIf(!pooler.available)(
  'through a transaction pooler that gives every transaction another backend',
  () => {
    let emulator: Emulator;
    let direct: string;
    beforeAll(async () => {
      emulator = await startEmulator({
        host: 'local.postgres.database.azure.com',
        pooler: { adversarial: true },
      });
      Object.assign(process.env, emulator.env);
      direct = emulator.pooledUrl;
      await emulator.query('CREATE TABLE numbers AS SELECT n FROM generate_series(1, 500) n');
      await emulator.query('GRANT ALL ON numbers TO PUBLIC');
    });
    afterAll(() => emulator.stop());

    /** The same statement again and again, in one of pg's forms, by four workers. */
    async function workers(
      pool: pg.Pool,
      run: (client: pg.PoolClient, value: number) => Promise<number>,
    ): Promise<number> {
      let right = 0;
      const errors = new Set<string>();
      await Promise.all(
        Array.from({ length: 4 }, async (_, worker) => {
          for (let round = 0; round < 25; round++) {
            const value = worker * 100 + round;
            const client = await pool.connect();
            try {
              if ((await run(client, value)) === value) right++;
            } catch (error) {
              errors.add((error as pg.DatabaseError).code ?? String(error));
            }
            client.release();
          }
        }),
      );
      await pool.end();
      if (right < 100) expect([...errors]).not.toEqual([]);
      return right;
    }

    const named = { name: 'one', text: 'SELECT $1::int AS value' };
    const forms: Record<string, (client: pg.PoolClient, value: number) => Promise<number>> = {
      'an object': async (client, value) => (await client.query({ ...named, values: [value] })).rows[0].value,
      'an object and values': async (client, value) =>
        (await client.query({ ...named }, [value])).rows[0].value,
      'a callback': (client, value) =>
        new Promise((resolve, reject) => {
          client.query({ ...named } as unknown as string, [value], (error, result) =>
            error ? reject(error) : resolve(result.rows[0].value),
          );
        }),
      'a Query': (client, value) =>
        new Promise((resolve, reject) => {
          const query = new Query<{ value: number }>({ ...named, values: [value] });
          let seen = Number.NaN;
          query.on('row', (row) => {
            seen = row.value;
          });
          query.on('error', reject);
          query.on('end', () => resolve(seen));
          client.query(query);
        }),
      'the name alone, after the first time': async (client, value) => {
        await client.query({ ...named, values: [value] });
        return (await client.query({ name: 'one', values: [value] } as unknown as pg.QueryConfig)).rows[0]
          .value;
      },
      'inside a transaction': async (client, value) => {
        await client.query('BEGIN');
        const { rows } = await client.query({ ...named, values: [value] });
        await client.query('COMMIT');
        return rows[0].value;
      },
    };

    it.each(Object.keys(forms))('a named statement works, as %s', async (form) => {
      const run = forms[form] as (typeof forms)[string];
      expect(await workers(new Pool(direct), run)).toBe(100);
    });

    it('and breaks with pg, so that this is worth a test', async () => {
      const { url } = emulator.pgbouncer ?? { url: '' };
      const bare = new pg.Pool({ connectionString: url.replace(/\?.*/, ''), ssl: { ca: emulator.ca.pem } });
      bare.on('error', () => {});
      expect(await workers(bare, forms['an object'] as (typeof forms)[string])).toBeLessThan(100);
    });

    it("the caller's object is left as it was", async () => {
      const config = { ...named, values: Object.freeze([1]) as unknown as number[] };
      const query = new Query(config);
      const pool = new Pool(direct);
      await pool.query(config);
      const client = await pool.connect();
      await once(client.query(query), 'end');
      client.release();
      expect(config).toMatchObject({ ...named, values: [1] });
      expect(query).toMatchObject({ name: 'one' });
      await pool.end();
    });

    it('cursors and streams read to their end', async () => {
      const pool = new Pool(direct);
      const client = await pool.connect();
      const cursor = client.query(
        new Cursor<{ n: number }>('SELECT n FROM numbers WHERE n > $1 ORDER BY n', [0]),
      );
      const read: number[] = [];
      for (let rows = await cursor.read(100); rows.length > 0; rows = await cursor.read(100)) {
        read.push(...rows.map(({ n }) => n));
      }
      await cursor.close();
      expect(read).toHaveLength(500);
      const stream = client.query(new QueryStream('SELECT n FROM numbers', [], { batchSize: 50 }));
      let streamed = 0;
      for await (const _ of stream) streamed++;
      expect(streamed).toBe(500);
      client.release();
      await pool.end();
    });

    it('a running query can be cancelled, though the process id is the pooler’s', async () => {
      const client = new Client(direct) as unknown as pg.Client & {
        activeQuery: unknown;
        _activeQuery: unknown;
      };
      await client.connect();
      const query = new Query('SELECT pg_sleep(30)');
      const failed = new Promise<pg.DatabaseError>((resolve) =>
        query.on('error', resolve as (error: Error) => void),
      );
      client.query(query);
      await expect
        .poll(() =>
          emulator.query(
            "SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND state = 'active' AND pid <> pg_backend_pid()",
          ),
        )
        .toHaveLength(1);
      const other = new Client(direct) as unknown as { cancel(client: unknown, query: unknown): void };
      other.cancel(client, query);
      expect(await failed).toMatchObject({ code: '57014' });
      await client.end();
    });

    it.each(['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'])(
      '%s is refused when the pool is made, with the two ways that work',
      (name) => {
        expect(() => new Pool({ connectionString: direct, [name]: 1000 })).toThrow(
          expect.objectContaining({
            code: 'POOLER_UNSUPPORTED',
            hint: expect.stringMatching(/SET LOCAL.*ALTER ROLE/),
          }),
        );
      },
    );

    describe('session features', () => {
      it('are refused where the user says error, in every form of query()', async () => {
        const pool = new Pool({ connectionString: direct, sessionFeatures: 'error', max: 1 });
        const refused = { code: 'POOLER_UNSUPPORTED', hint: expect.stringContaining('direct connection') };
        await expect(pool.query('LISTEN news')).rejects.toMatchObject(refused);
        await expect(pool.query({ text: 'SELECT pg_advisory_lock($1)', values: [1] })).rejects.toMatchObject(
          refused,
        );
        const byCallback = await new Promise((resolve) => pool.query('LISTEN news', resolve));
        expect(byCallback).toMatchObject(refused);
        const client = await pool.connect();
        const byEvent = await new Promise((resolve) =>
          client.query(new Query('LISTEN news')).on('error', resolve),
        );
        expect(byEvent).toMatchObject(refused);
        await client.query('BEGIN');
        await client.query('CREATE TEMP TABLE mine (a int) ON COMMIT DROP');
        await client.query('COMMIT');
        await expect(client.query('CREATE TEMP TABLE mine (a int)')).rejects.toMatchObject(refused);
        expect((await client.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
        client.release();
        await pool.end();
      });

      it('are refused as well while the client still connects', async () => {
        const client = new Client({ connectionString: direct, sessionFeatures: 'error' });
        const connecting = client.connect();
        await expect(client.query('LISTEN news')).rejects.toMatchObject({ code: 'POOLER_UNSUPPORTED' });
        await connecting;
        await client.end();
      });

      it('are refused before it is detected that there is a pooler, too', async () => {
        const client = new Client({
          connectionString: direct,
          poolMode: 'detect',
          sessionFeatures: 'error',
        });
        forgetPooling(ownConnection(client) as AzureConnection);
        const connecting = client.connect();
        const refused = { code: 'POOLER_UNSUPPORTED' };
        const early = [
          'listen news',
          'select lastval()',
          'begin',
          'create temp table mine (a int) on commit drop',
          'commit',
          'create table pg_temp.mine (a int)',
        ].map((text) => client.query(text));
        const ends = await Promise.allSettled(early);
        await connecting;
        expect(ends.map(({ status }) => status)).toEqual([
          'rejected',
          'rejected',
          'fulfilled',
          'fulfilled',
          'fulfilled',
          'rejected',
        ]);
        expect(ends[0]).toMatchObject({ reason: refused });
        expect(ends[5]).toMatchObject({ reason: refused });
        expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
        await client.end();
      });

      it('are warned of by default, and the query is sent', async () => {
        const warnings: string[] = [];
        const pool = new Pool({
          connectionString: direct,
          logger: { warn: (text) => void warnings.push(text) },
        });
        await pool.query("SET application_name_of_mine.x = '1'");
        await pool.end();
        expect(warnings).toEqual([expect.stringContaining('SET does not work through a pooler')]);
      });
    });

    describe('what needs a session goes past the pooler', () => {
      it('withDirect gives one client of its own, and ends it', async () => {
        const { ports } = emulator;
        const pool = new Pool({ connectionString: direct, directPort: ports.direct });
        const pids = await withDirect(pool, async (client) => {
          expect(client.port).toBe(ports.direct);
          await client.query("SET app.tenant = 'ada'");
          await client.query('SELECT pg_advisory_lock(7)');
          const { rows } = await client.query(
            "SELECT current_setting('app.tenant') AS tenant, pg_backend_pid() AS pid",
          );
          expect(rows[0].tenant).toBe('ada');
          return rows.map(({ pid }) => pid);
        });
        await expect
          .poll(() => emulator.query('SELECT 1 FROM pg_stat_activity WHERE pid = ANY($1)', [pids]))
          .toEqual([]);
        await pool.end();
      });

      it('directPool is a pool with the same options', async () => {
        const pool = new Pool({
          connectionString: direct,
          directPort: emulator.ports.direct,
          application_name: 'app',
        });
        const twin = directPool(pool, { max: 1 });
        expect(twin.options).toMatchObject({ max: 1, application_name: 'app' });
        const { rows } = await twin.query("SELECT current_setting('application_name') AS name");
        expect(rows).toEqual([{ name: 'app' }]);
        const [client] = (twin as unknown as { _clients: pg.Client[] })._clients;
        expect(client?.port).toBe(emulator.ports.direct);
        // Whoever copies its options, or changes one, is still past the pooler.
        expect(new Client({ ...twin.options }).port).toBe(emulator.ports.direct);
        twin.options.password = 'another';
        expect(new Client(twin.options).port).toBe(emulator.ports.direct);
        await Promise.all([twin.end(), pool.end()]);
      });
    });
  },
);

describe.skipIf(!pooler.available)('through a pooler in statement mode', () => {
  it('a transaction is refused before its first statement takes effect by itself', async () => {
    await using emulator = await startEmulator({ pooler: { poolMode: 'statement' } });
    Object.assign(process.env, emulator.env);
    await emulator.query('CREATE TABLE t (a int); GRANT ALL ON t TO PUBLIC');
    const pool = new Pool(emulator.pooledUrl);
    await expect(pool.query('BEGIN; INSERT INTO t VALUES (1); COMMIT')).rejects.toMatchObject({
      code: 'POOLER_UNSUPPORTED',
      message: expect.stringContaining('statement mode'),
    });
    await expect(pool.query('BEGIN')).rejects.toMatchObject({ code: 'POOLER_UNSUPPORTED' });
    expect((await pool.query({ name: 'n', text: 'SELECT count(*)::int AS n FROM t' })).rows).toEqual([
      { n: 0 },
    ]);
    await pool.end();
  });
});

describe.skipIf(!pooler.available)('through a pooler whose mode nobody declared', () => {
  it.each([0, 100])(
    'poolMode "detect" finds out, and named statements work (max_prepared_statements=%i)',
    async (most) => {
      await using emulator = await startEmulator({
        pooler: { maxPreparedStatements: most, adversarial: true },
      });
      Object.assign(process.env, emulator.env);
      const url = emulator.pooledUrl.replace(/&(pool_mode|max_prepared_statements)=\w+/g, '');
      // What was detected is remembered by host, port, database and user, and the next emulator may get the same port.
      const user = most > 0 ? 'local-app' : undefined;
      const pool = new Pool({ connectionString: url, user, poolMode: 'detect', sessionFeatures: 'error' });
      const client = await pool.connect();
      for (let round = 0; round < 20; round++) {
        const { rows } = await client.query({ name: 'one', text: 'SELECT $1::int AS n', values: [round] });
        expect(rows).toEqual([{ n: round }]);
      }
      await expect(client.query('LISTEN news')).rejects.toMatchObject({ code: 'POOLER_UNSUPPORTED' });
      const { parsedStatements } = (client as unknown as { connection: { parsedStatements: object } })
        .connection;
      expect(Object.keys(parsedStatements)).toEqual(most > 0 ? ['one'] : []);
      client.release();
      await pool.end();
    },
  );
});

describe.skipIf(!pooler.available)('through a pooler that keeps statements', () => {
  it('named statements are used: parsed once, run often', async () => {
    await using emulator = await startEmulator({ pooler: { maxPreparedStatements: 100, adversarial: true } });
    Object.assign(process.env, emulator.env);
    const client = new Client(emulator.pooledUrl) as pg.Client & { connection: { parsedStatements: object } };
    await client.connect();
    for (let round = 0; round < 30; round++) {
      await client.query({ name: 'one', text: 'SELECT $1::int', values: [round] });
    }
    expect(Object.keys(client.connection.parsedStatements)).toEqual(['one']);
    await client.end();
  });
});
