import { once } from 'node:events';
import { inspect } from 'node:util';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { Client, directConfig, Pool, poolConfig, Query } from '@azure-pg/pg';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { countingProxy } from './support/counting-proxy.ts';
import { runProgram } from './support/run-program.ts';

// Each trap of the bare driver is shown with the bare driver first: where it stops being one, its test says so.

let emulator: Emulator;
/** The URL of the password user, in parts. */
let native: { withoutPassword: string; plain: string; password: string };

beforeAll(async () => {
  emulator = await startEmulator({ pooler: false, postgres: { settings: { authentication_timeout: '1s' } } });
  Object.assign(process.env, emulator.env);
  const url = new URL(emulator.postgres.url);
  const { password } = url;
  url.password = '';
  const withoutPassword = url.href;
  url.search = '';
  native = { withoutPassword, plain: url.href, password };
});
afterAll(() => emulator.stop());

async function one(pool: pg.Pool): Promise<unknown> {
  try {
    return (await pool.query('SELECT 1 AS one')).rows[0].one;
  } finally {
    await pool.end();
  }
}

describe('a password function with a connection string', () => {
  const asked = (): { config: () => pg.PoolConfig; times: () => number } => {
    let times = 0;
    const password = async (): Promise<string> => {
      times++;
      return native.password;
    };
    return { config: () => ({ connectionString: native.withoutPassword, password }), times: () => times };
  };

  it('is dropped by pg where the URL has a password of its own', async () => {
    const { config, times } = asked();
    const wrong = new URL(native.withoutPassword);
    wrong.password = 'wrong';
    await expect(one(new pg.Pool({ ...config(), connectionString: wrong.href }))).rejects.toMatchObject({
      code: '28P01',
    });
    expect(times()).toBe(0);
    await expect(one(new Pool({ ...config(), connectionString: wrong.href }))).resolves.toBe(1);
    expect(times()).toBe(1);
  });

  it('is asked', async () => {
    const { config, times } = asked();
    await expect(one(new Pool(config()))).resolves.toBe(1);
    expect(times()).toBe(1);
  });
});

describe('ssl.ca with an sslmode in the URL', () => {
  const config = (): pg.PoolConfig => {
    const url = new URL(native.plain);
    url.password = native.password;
    url.searchParams.set('sslmode', 'require');
    return { connectionString: url.href, ssl: { ca: emulator.ca.pem } };
  };

  it('is discarded by pg, which then trusts nobody', async () => {
    await expect(one(new pg.Pool(config()))).rejects.toThrow(/certificate/);
  });

  it('is the root of trust', async () => {
    await expect(one(new Pool(config()))).resolves.toBe(1);
  });

  it('refuses a server of another authority, though the URL alone would accept it', async () => {
    const { createCertificateAuthority } = await import('@azure-pg/emulator');
    const other = await createCertificateAuthority('Somebody else');
    await expect(one(new Pool({ ...config(), ssl: { ca: other.pem } }))).rejects.toMatchObject({
      code: 'CERTIFICATE_NOT_TRUSTED',
    });
  });
});

describe('a password that cannot be had', () => {
  const reason = new Error('no token today');
  const password = (): Promise<string> => Promise.reject(reason);

  it('leaks the socket in pg', async () => {
    await using proxy = await countingProxy(emulator.postgres.port);
    const { config } = through(proxy.port);
    await expect(one(new pg.Pool({ ...config, password, ssl: { ca: emulator.ca.pem } }))).rejects.toThrow(
      'no token',
    );
    expect(proxy.open).toBe(1);
  });

  it('leaves no socket open, and the reason is reported', async () => {
    await using proxy = await countingProxy(emulator.postgres.port);
    const { config } = through(proxy.port);
    const failed = one(new Pool({ ...config, password, ssl: { ca: emulator.ca.pem } }));
    await expect(failed).rejects.toBe(reason);
    await expect.poll(() => proxy.open).toBe(0);
  });

  it('leaves no socket open when there is no token either', async () => {
    await using proxy = await countingProxy(emulator.ports.direct);
    emulator.entra.fail('500');
    try {
      const url = emulator.url.replace(`:${emulator.ports.direct}/`, `:${proxy.port}/`);
      const credential = { getToken: () => Promise.reject(new Error('no token today')) };
      await expect(one(new Pool({ connectionString: url, credential }))).rejects.toMatchObject({
        code: 'TOKEN_UNAVAILABLE',
      });
      await expect.poll(() => proxy.open).toBe(0);
    } finally {
      emulator.entra.fail(undefined);
    }
  });

  const through = (port: number): { config: pg.PoolConfig } => ({
    config: { host: 'localhost', port, user: 'app', database: 'postgres' },
  });
});

describe("a password that takes longer than the server's patience", () => {
  const password = async (): Promise<string> => {
    await new Promise((resolve) => setTimeout(resolve, 1500));
    return native.password;
  };
  const config = (): pg.PoolConfig => ({
    host: 'localhost',
    port: emulator.postgres.port,
    user: 'app',
    database: 'postgres',
    password,
    ssl: { ca: emulator.ca.pem },
  });

  it('makes pg fail with a riddle', async () => {
    await expect(one(new pg.Pool(config()))).rejects.toThrow(/terminated unexpectedly|ECONNRESET/);
  });

  it('is waited for before the server is troubled', async () => {
    await expect(one(new Pool(config()))).resolves.toBe(1);
  });
});

describe('a connection that the server ends while nobody listens to `error`', () => {
  const url = (): string => emulator.postgres.url;

  it('ends the process with pg', async () => {
    const end = await runProgram('idle-client-killed.ts', { URL: url(), DRIVER: 'pg' });
    expect(end.code).not.toBe(0);
    expect(end.output).not.toContain('alive');
  });

  it('is warned of, and the pool goes on', async () => {
    const end = await runProgram('idle-client-killed.ts', { URL: url() });
    expect(end).toMatchObject({ code: 0, output: 'alive 1\n' });
    expect(end.errors).toMatch(/AzurePgWarning: An idle database connection broke/);
  });

  it('does not end the process either while a client is lent; its next query says so', async () => {
    const end = await runProgram('idle-client-killed.ts', { URL: url(), LENT: 'yes' });
    expect(end.output).toMatch(/refused: Client has encountered a connection error[\s\S]*alive 1/);
    expect(end.errors).toMatch(/AzurePgWarning: A database connection in use broke/);
  });

  it('reaches a listener as with pg, and the logger where there is none', async () => {
    const warnings: string[] = [];
    const kill = async (pool: pg.Pool): Promise<void> => {
      const { rows } = await pool.query('SELECT pg_backend_pid() AS pid');
      await emulator.query('SELECT pg_terminate_backend($1)', [rows[0].pid]);
    };
    const pool = new Pool({
      connectionString: url(),
      logger: { warn: (message) => void warnings.push(message) },
    });
    await kill(pool);
    await expect.poll(() => warnings.length).toBe(1);
    const errors: Error[] = [];
    pool.on('error', (error) => errors.push(error));
    await kill(pool);
    await expect.poll(() => errors).toMatchObject([{ code: '57P01' }]);
    expect(warnings).toHaveLength(1);
    await pool.end();
  });
});

describe('cancelling a query', () => {
  const askForTls = 80_877_103;
  const cancel = 80_877_102;

  async function codesOf(Driver: typeof Client | typeof pg.Client): Promise<readonly number[]> {
    await using proxy = await countingProxy(emulator.postgres.port);
    const { password } = native;
    const place = { host: 'localhost', port: proxy.port, user: 'app', password, database: 'postgres' };
    const config = { ...place, ssl: { ca: emulator.ca.pem } };
    const client = new Driver(config);
    await client.connect();
    const query = new Query('SELECT pg_sleep(30)');
    const failed = once(query, 'error');
    client.query(query);
    // A request that comes before the query cancels nothing.
    const running = "SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(30)' AND state = 'active'";
    await expect.poll(() => emulator.query(running)).toHaveLength(1);
    (new Driver(config) as unknown as { cancel(client: pg.Client, query: Query): void }).cancel(
      client,
      query,
    );
    expect(await failed).toMatchObject([{ code: '57014' }]);
    await client.end();
    return [...proxy.codes];
  }

  it('goes unencrypted with pg: anyone listening can cancel what they like', async () => {
    expect(await codesOf(pg.Client)).toEqual([askForTls, cancel]);
  });

  it('goes over TLS', async () => {
    expect(await codesOf(Client)).toEqual([askForTls, askForTls]);
  });
});

describe('what other libraries do with a pool', () => {
  it('copies of its options connect to the same place: Kysely cancels with such a client', async () => {
    const pool = new Pool({
      connectionString: native.withoutPassword,
      password: () => native.password,
    });
    const busy = await pool.connect();
    const query = busy.query('SELECT pg_sleep(30)').catch((error: pg.DatabaseError) => error.code);
    const { processID } = busy as unknown as { processID: number };
    const config = { ...pool.options, password: pool.options.password };
    const killer = new (pool as unknown as { Client: typeof Client }).Client(config);
    await killer.connect();
    // A server that has not begun the query yet ignores the request.
    const cancel = `SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND query ~ 'pg_sleep' AND state = 'active'`;
    await expect.poll(async () => (await killer.query(cancel, [processID])).rowCount).toBe(1);
    await killer.end();
    expect(await query).toBe('57014');
    busy.release();
    await pool.end();
  });

  it('it is a Pool of pg, and says so', () => {
    const pool = new Pool(emulator.postgres.url);
    expect(pool).toBeInstanceOf(pg.Pool);
    expect(pool.constructor.name).toBe('Pool');
    expect(new Client(emulator.postgres.url)).toBeInstanceOf(pg.Client);
    expect((pool as unknown as { Client: unknown }).Client).toBe(Client);
  });

  it('a changed option counts for the next client', async () => {
    const pool = new Pool({ connectionString: native.withoutPassword, password: 'wrong' });
    await expect(pool.query('SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    pool.options.password = native.password;
    await expect(one(pool)).resolves.toBe(1);
  });

  it('a class of clients that would connect unverified is refused', () => {
    const config = { connectionString: emulator.postgres.url, Client: pg.Client };
    expect(() => new Pool(config)).toThrow(expect.objectContaining({ code: 'INVALID_SETTING' }));
  });
});

describe('no secret is shown', () => {
  it('not by printing a pool, its options or a client', async () => {
    const canary = 'CANARY-secret';
    const credential = { clientSecret: canary, getToken: () => Promise.reject(new Error('unused')) };
    const pool = new Pool({
      connectionString: `postgresql://app:${canary}@localhost/db`,
      ssl: {
        passphrase: canary,
        cert: '-----BEGIN CERTIFICATE-----',
        key: `-----BEGIN PRIVATE KEY-----${canary}`,
      },
      credential,
      // Of another library.
      ...{ oauthBearerToken: canary },
    });
    const client = new Client({ connectionString: `postgresql://app:${canary}@localhost/db` });
    for (const each of [pool, pool.options, client]) {
      expect(inspect(each, { depth: 9 })).not.toContain(canary);
      expect(inspect(each, { depth: 9, showHidden: false, getters: false })).not.toContain(canary);
    }
    expect(JSON.stringify(pool.options)).not.toContain(canary);
    expect(pool.options.connectionString).toContain(canary);
    expect({ ...pool.options }.connectionString).toContain(canary);
  });

  it('not by printing a config for somebody else’s pool', async () => {
    const canary = 'CANARY-secret';
    const url = `postgresql://app:${canary}@localhost/db`;
    const configs = [
      poolConfig(url),
      poolConfig({ host: 'localhost', user: 'app', password: canary }),
      directConfig(poolConfig({ host: 'localhost', user: 'app', password: canary })),
      directConfig(new Pool(url).options),
      directConfig(new Pool({ host: 'localhost', user: 'app', password: canary }).options),
    ];
    for (const config of configs) {
      expect(inspect(config, { depth: 9 })).not.toContain(canary);
      expect(JSON.stringify(config)).not.toContain(canary);
      expect(new pg.Pool(config).options.password ?? config.connectionString).toContain(canary);
    }
  });

  it('not a token as a client’s password', async () => {
    const client = new Client(emulator.url);
    await client.connect();
    expect(client.password ?? null).toBeNull();
    expect(Object.keys(client)).not.toContain('password');
    expect(inspect(client, { depth: 9, showHidden: true })).not.toContain('eyJ');
    await client.end();
  });
});
