import { once } from 'node:events';
import { type Emulator, pgbouncerAvailable, startEmulator } from '@azure-pg/emulator';
import { Client, Pool, Query } from '@azure-pg/pg';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const pooler = await pgbouncerAvailable();

describe.skipIf(!pooler.available)('LISTEN through a pooler in transaction mode', () => {
  let emulator: Emulator;
  let url: string;
  beforeAll(async () => {
    emulator = await startEmulator({ pooler: { adversarial: true } });
    Object.assign(process.env, emulator.env);
    url = emulator.pooledUrl;
  });
  afterAll(() => emulator.stop());

  const listening = async (): Promise<number[]> =>
    (
      await emulator.query<{ pid: number }>(
        "select pid from pg_stat_activity where query ~* '^(un)?listen' and pid <> pg_backend_pid()",
      )
    ).map(({ pid }) => pid);
  const connect = async (config: object = {}): Promise<pg.Client> => {
    const client = new Client({ connectionString: url, ...config });
    await client.connect();
    return client;
  };
  const heard = async (client: pg.Client | pg.PoolClient): Promise<string> => {
    const [{ channel, payload }] = (await once(client, 'notification')) as [pg.Notification];
    return `${channel} ${payload}`;
  };

  const forms: Record<string, (client: pg.Client, text: string) => Promise<unknown>> = {
    'a text': (client, text) => client.query(text),
    'an object': (client, text) => client.query({ text }),
    'a callback': (client, text) =>
      new Promise((resolve, reject) => {
        client.query(text, (error, result) => (error ? reject(error) : resolve(result)));
      }),
    'a Query': (client, text) =>
      new Promise((resolve, reject) => {
        client.query(new Query(text)).on('end', resolve).on('error', reject);
      }),
  };
  it.each(Object.entries(forms))(
    'delivers, by a connection to the server itself: %s',
    async (_name, send) => {
      const client = await connect();
      await client.query('select 1');
      await send(client, 'LISTEN news; LISTEN "Other News";');
      const news = heard(client);
      await client.query("select pg_notify('news', 'one')");
      expect(await news).toBe('news one');
      const other = heard(client);
      await emulator.query(`select pg_notify('Other News', 'two')`);
      expect(await other).toBe('Other News two');
      // All else goes through the pooler still, which reaches its server over a Unix-domain socket.
      expect((await client.query('select inet_client_addr() as address')).rows).toEqual([{ address: null }]);
      await send(client, 'UNLISTEN news');
      const none = vi.fn();
      client.on('notification', none);
      await emulator.query("select pg_notify('news', 'three')");
      await emulator.query("select pg_notify('Other News', 'four')");
      await vi.waitFor(() => expect(none).toHaveBeenCalledTimes(1));
      await client.end();
      await vi.waitFor(async () => expect(await listening()).toEqual([]));
    },
  );

  it('also before the client is connected', async () => {
    const client = new Client(url);
    const listens = client.query('listen early');
    await client.connect();
    await listens;
    const early = heard(client);
    await client.query("notify early, 'x'");
    expect(await early).toBe('early x');
    await client.end();
    await vi.waitFor(async () => expect(await listening()).toEqual([]));
  });

  it('tells the client when that connection breaks, by ending the client’s own', async () => {
    const client = await connect();
    const errors = vi.fn();
    client.on('error', errors);
    await client.query('listen news');
    const ended = new Promise<void>((resolve) => client.once('end', resolve));
    for (const pid of await listening()) await emulator.query(`select pg_terminate_backend(${pid})`);
    await ended;
    expect(errors).toHaveBeenCalled();
    await expect(client.query('select 1')).rejects.toThrow();
    await client.end();
  });

  it('says what is wrong where it cannot be opened, and tries again the next time', async () => {
    const client = await connect({ directPort: 1, connect_retry_timeout: 0 });
    for (let round = 0; round < 12; round++) {
      await expect(client.query('listen news')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
    }
    expect(client.listenerCount('end')).toBeLessThan(3);
    expect((await client.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await client.end();
  });

  it('is refused inside a transaction, also one that has only been asked for', async () => {
    const client = await connect();
    const refused = { code: 'POOLER_UNSUPPORTED' };
    const begun = client.query('begin');
    await expect(client.query('listen news')).rejects.toMatchObject(refused);
    await begun;
    await expect(client.query('listen news')).rejects.toMatchObject(refused);
    await client.query('rollback');
    await expect(client.query('select 1; listen news')).rejects.toMatchObject(refused);
    await client.query('listen news');
    await client.end();
  });

  it('is refused where only the pooler is known', async () => {
    const alone = new URL(emulator.pgbouncer?.url ?? '');
    alone.searchParams.set('pool_mode', 'transaction');
    const client = new Client(alone.href);
    await client.connect();
    await expect(client.query('listen news')).rejects.toMatchObject({
      code: 'POOLER_UNSUPPORTED',
      hint: expect.stringContaining('direct_port'),
    });
    await client.end();
  });

  it('on a client of a pool lasts until it is given back, and that is warned of', async () => {
    const warnings: string[] = [];
    const logger = { warn: (text: string) => void warnings.push(text) };
    const pool = new Pool({ connectionString: url, max: 1, logger });
    const client = await pool.connect();
    await client.query('listen news');
    const news = heard(client);
    await emulator.query("select pg_notify('news', 'one')");
    expect(await news).toBe('news one');
    client.release();
    expect(warnings).toEqual([expect.stringContaining('listens no longer')]);
    await vi.waitFor(async () => expect(await listening()).toEqual([]));
    expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
    await pool.end();
  });

  it('in session mode, and with session_features=off, goes to the pooler as ever', async () => {
    for (const config of [{ poolMode: 'session' }, { sessionFeatures: 'off' }] as const) {
      const client = await connect(config);
      await client.query('listen news');
      const rows = await emulator.query(
        "select client_addr from pg_stat_activity where query = 'listen news'",
      );
      expect(rows).toEqual([{ client_addr: null }]);
      await client.query('unlisten news');
      await client.end();
      await emulator.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where query ~ 'listen news' and pid <> pg_backend_pid()",
      );
    }
  });
});
