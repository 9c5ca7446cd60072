import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer, Socket } from 'node:net';
import { dirname, join } from 'node:path';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { Client, Pool, type PoolConfig, poolConnection } from '@azure-pg/pg';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';

// Every option that pg reads, by its types, its defaults and its source, has a verdict here: what it does is seen, or it is refused, or the README
// says that it does nothing. A new one of a new pg has none, and fails the first tests.

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
});
afterAll(() => emulator.stop());
afterEach(() => void vi.restoreAllMocks());

function place(): PoolConfig {
  const { host, port, user, password } = emulator.postgres;
  return { host, port, user, password, database: 'postgres', ssl: { ca: emulator.ca.pem } };
}

async function withPool<T>(config: PoolConfig, work: (pool: Pool) => Promise<T>): Promise<T> {
  const pool = new Pool(config);
  pool.on('error', () => {});
  try {
    return await work(pool);
  } finally {
    await pool.end();
  }
}

/** One value of one row, by a pool with these options. */
const ask = (more: PoolConfig, sql: string): Promise<unknown> =>
  withPool({ ...place(), ...more }, async (pool) => Object.values((await pool.query(sql)).rows[0])[0]);
const show = (name: string, more: PoolConfig): Promise<unknown> => ask(more, `show ${name}`);
const failure = (more: PoolConfig, sql = 'select 1'): Promise<unknown> =>
  ask(more, sql).then(
    () => undefined,
    (error: unknown) => error,
  );

interface Verdict {
  /** Shows what it does. */
  readonly effect?: () => Promise<void>;
  /** A value that has no effect in a config, as with pg. */
  readonly passed?: unknown;
  /** A value that is refused where it cannot be obeyed. */
  readonly refused?: unknown;
  /** What the README says of what it cannot do. */
  readonly readme?: RegExp;
}
/** Without an instance of ours, in no config: a switch of pg's for the whole program. */
const global = (effect: () => Promise<void>, value: unknown): Verdict => ({ effect, passed: value });

async function withDefault(name: string, value: unknown, work: () => Promise<void>): Promise<void> {
  const defaults = pg.defaults as Record<string, unknown>;
  const before = defaults[name];
  defaults[name] = value;
  try {
    await work();
  } finally {
    defaults[name] = before;
  }
}

/** A server that takes connections and says nothing. */
async function silence(work: (port: number) => Promise<void>): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => sockets.add(socket.on('error', () => {}))).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await work((server.address() as AddressInfo).port);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

const verdicts = {
  user: { effect: async () => expect(await ask({}, 'select current_user')).toBe('app') },
  database: { effect: async () => expect(await ask({}, 'select current_database()')).toBe('postgres') },
  password: {
    effect: async () => expect(await failure({ password: 'wrong' })).toMatchObject({ code: '28P01' }),
  },
  host: { effect: async () => expect(await failure({ host: '127.0.0.2' })).toBeDefined() },
  port: { effect: async () => expect(await failure({ port: 1 })).toMatchObject({ code: 'ECONNREFUSED' }) },
  connectionString: {
    effect: () =>
      withPool({ connectionString: emulator.postgres.url }, async (pool) => {
        expect((await pool.query('select current_user as who')).rows).toEqual([{ who: 'app' }]);
      }),
  },
  statement_timeout: {
    effect: async () => expect(await show('statement_timeout', { statement_timeout: 4321 })).toBe('4321ms'),
  },
  lock_timeout: {
    effect: async () => expect(await show('lock_timeout', { lock_timeout: 4321 })).toBe('4321ms'),
  },
  idle_in_transaction_session_timeout: {
    effect: async () =>
      expect(
        await show('idle_in_transaction_session_timeout', { idle_in_transaction_session_timeout: 4321 }),
      ).toBe('4321ms'),
  },
  query_timeout: {
    effect: async () =>
      expect(await failure({ query_timeout: 50 }, 'select pg_sleep(5)')).toMatchObject({
        message: /timeout/,
      }),
  },
  application_name: {
    effect: async () => expect(await show('application_name', { application_name: 'shop' })).toBe('shop'),
  },
  fallback_application_name: {
    effect: async () => {
      expect(await show('application_name', { fallback_application_name: 'shop' })).toBe('shop');
      const both = { application_name: 'first', fallback_application_name: 'shop' };
      expect(await show('application_name', both)).toBe('first');
    },
  },
  options: {
    effect: async () => expect(await show('work_mem', { options: '-c work_mem=1234kB' })).toBe('1234kB'),
  },
  client_encoding: {
    effect: async () => expect(await show('client_encoding', { client_encoding: 'UTF8' })).toBe('UTF8'),
    refused: 'LATIN1',
  },
  replication: {
    effect: async () => {
      await emulator.query('alter role app replication');
      const client = new Client({ ...place(), replication: 'database' } as PoolConfig);
      await client.connect();
      expect((await client.query('IDENTIFY_SYSTEM')).rows[0]).toHaveProperty('systemid');
      await client.end();
    },
    refused: 'perhaps',
  },
  ssl: {
    effect: async () => {
      expect(await failure({ ssl: true })).toMatchObject({ code: 'CERTIFICATE_NOT_TRUSTED' });
      expect(await ask({}, 'select ssl from pg_stat_ssl where pid = pg_backend_pid()')).toBe(true);
    },
    refused: { ca: 'x', checkServerIdentity: () => undefined },
    readme: /any option of `tls\.connect`/,
  },
  sslnegotiation: {
    effect: () =>
      withPool({ ...place(), sslnegotiation: 'direct' }, async (pool) => {
        expect(poolConnection(pool)?.tls.negotiation).toBe('direct');
        expect((await pool.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
      }),
    refused: 'perhaps',
  },
  enableChannelBinding: {
    effect: async () => {
      const bindings = [true, false].map(
        (enableChannelBinding) =>
          poolConnection(new Pool({ ...place(), enableChannelBinding }))?.channelBinding,
      );
      expect(bindings).toEqual(['prefer', 'disable']);
    },
  },
  scramMaxIterations: {
    effect: async () =>
      expect(await failure({ scramMaxIterations: 1000 } as PoolConfig)).toMatchObject({
        code: 'PROTOCOL_VIOLATION',
        message: /scram_max_iterations \(1000\)/,
      }),
  },
  keepAlive: {
    effect: async () => {
      const connects = vi.spyOn(Socket.prototype, 'connect');
      const told = (): unknown[] =>
        connects.mock.calls.flat(2).map((one) => (one as { keepAlive?: unknown } | null)?.keepAlive);
      await ask({ keepAlive: false }, 'select 1');
      expect(told()).toContain(false);
      await ask({ keepAlive: true }, 'select 1');
      expect(told()).toContain(true);
    },
  },
  keepAliveInitialDelayMillis: {
    effect: async () => {
      const connects = vi.spyOn(Socket.prototype, 'connect');
      await ask({ keepAlive: true, keepAliveInitialDelayMillis: 7000 }, 'select 1');
      const options = connects.mock.calls.flat(2) as { keepAliveInitialDelay?: unknown }[];
      expect(options.map((one) => one?.keepAliveInitialDelay)).toContain(7000);
    },
  },
  connectionTimeoutMillis: {
    effect: () =>
      silence(async (port) => {
        const error = await failure({ port, connectionTimeoutMillis: 50 });
        expect(error).toMatchObject({ message: /timeout/ });
      }),
  },
  connect_timeout: {
    effect: async () =>
      expect(poolConnection(new Pool({ ...place(), connect_timeout: 7 } as PoolConfig))?.connectTimeout).toBe(
        7000,
      ),
    refused: 'soon',
  },
  keepalives: {
    effect: async () =>
      expect(poolConnection(new Pool({ ...place(), keepalives: 0 } as PoolConfig))?.tcp.keepalives).toBe(
        false,
      ),
    refused: 'perhaps',
  },
  keepalives_idle: {
    effect: async () =>
      expect(
        poolConnection(new Pool({ ...place(), keepalives_idle: 9 } as PoolConfig))?.tcp.keepalivesIdle,
      ).toBe(9),
    refused: 'soon',
  },
  types: {
    effect: async () => {
      const types = {
        getTypeParser: () => (text: string) => `parsed ${text}`,
      } as unknown as pg.CustomTypesConfig;
      expect(await ask({ types }, 'select 1')).toBe('parsed 1');
    },
  },
  binary: {
    effect: async () => {
      const client = new Client({ ...place(), binary: true } as PoolConfig);
      await client.connect();
      const { fields } = await client.query('select $1::int4 as one', [1]);
      expect(fields[0]?.format).toBe('binary');
      await client.end();
    },
  },
  pipeline: {
    effect: async () => {
      // Older ones have none, and do what they are asked one after the other.
      if (!('pipeline' in new pg.Client())) return;
      const client = new Client({ ...place(), pipeline: true });
      await client.connect();
      const sent = vi.spyOn(client as unknown as { _pulseQueryQueue(): void }, '_pulseQueryQueue');
      const answers = await Promise.all([client.query('select 1 as n'), client.query('select 2 as n')]);
      expect(answers.map(({ rows }) => rows[0].n)).toEqual([1, 2]);
      expect((client as unknown as { pipeline: boolean }).pipeline).toBe(true);
      expect(sent).toHaveBeenCalled();
      await client.end();
    },
  },
  Promise: {
    effect: async () => {
      class Promised<T> extends Promise<T> {}
      const client = new Client({ ...place(), Promise: Promised } as PoolConfig);
      const connecting = client.connect();
      expect(connecting).toBeInstanceOf(Promised);
      await connecting;
      await client.end();
      await withPool({ ...place(), Promise: Promised }, async (pool) =>
        expect(pool.query('select 1')).toBeInstanceOf(Promised),
      );
    },
  },
  stream: {
    effect: async () => {
      const socket = new Socket();
      const stream = vi.fn(() => socket);
      // The emulator's server takes passwords over TLS alone.
      await failure({ ssl: false, stream, sslmode: 'disable' });
      expect(stream).toHaveBeenCalled();
    },
    refused: () => new Socket(),
    readme: /`stream`, `connection`/,
  },
  connection: { refused: {}, readme: /`stream`, `connection`/ },
  // pg-pool's.
  max: {
    effect: () =>
      withPool({ ...place(), max: 2 }, async (pool) => {
        await Promise.all([1, 2, 3, 4].map(() => pool.query('select 1')));
        expect(pool.totalCount).toBe(2);
      }),
  },
  poolSize: {
    effect: async () => expect(new Pool({ ...place(), poolSize: 3 } as PoolConfig).options.max).toBe(3),
  },
  min: {
    effect: () =>
      withPool({ ...place(), min: 1, max: 2, idleTimeoutMillis: 1 }, async (pool) => {
        const removed = once(pool, 'remove');
        await Promise.all([pool.query('select 1'), pool.query('select 2')]);
        await removed;
        expect(pool.totalCount).toBe(1);
      }),
  },
  idleTimeoutMillis: {
    effect: () =>
      withPool({ ...place(), idleTimeoutMillis: 1 }, async (pool) => {
        const removed = once(pool, 'remove');
        await pool.query('select 1');
        await removed;
        expect(pool.totalCount).toBe(0);
      }),
  },
  maxUses: {
    effect: () =>
      withPool({ ...place(), max: 1, maxUses: 1 }, async (pool) => {
        const pid = async (): Promise<unknown> =>
          (await pool.query('select pg_backend_pid() as pid')).rows[0].pid;
        expect(await pid()).not.toBe(await pid());
      }),
  },
  maxLifetimeSeconds: {
    effect: () =>
      withPool({ ...place(), max: 1, maxLifetimeSeconds: 0.001 }, async (pool) => {
        const removed = once(pool, 'remove');
        await pool.query('select 1');
        await removed;
        expect(pool.totalCount).toBe(0);
      }),
  },
  allowExitOnIdle: {
    effect: async () => {
      const unrefs = vi.spyOn(Socket.prototype, 'unref');
      await ask({ allowExitOnIdle: false }, 'select 1');
      const before = unrefs.mock.calls.length;
      await ask({ allowExitOnIdle: true }, 'select 1');
      expect(unrefs.mock.calls.length).toBeGreaterThan(before);
    },
  },
  log: {
    effect: async () => {
      const log = vi.fn();
      await ask({ log }, 'select 1');
      expect(log).toHaveBeenCalled();
    },
  },
  Client: {
    effect: async () => {
      const seen = vi.fn();
      class Own extends (Client as new (config?: object) => pg.Client) {
        constructor(config?: object) {
          super(config);
          seen();
        }
      }
      await ask({ Client: Own as never }, 'select 1');
      expect(seen).toHaveBeenCalled();
    },
    refused: pg.Client,
  },
  onConnect: {
    effect: async () => {
      const onConnect = async (client: pg.ClientBase): Promise<void> =>
        void (await client.query('set work_mem = 1235'));
      expect(await show('work_mem', { onConnect })).toBe('1235kB');
    },
  },
  verify: {
    effect: async () => {
      const verify: PoolConfig['verify'] = (_client, done) => done(new Error('not this one'));
      expect(await failure({ verify })).toMatchObject({ message: 'not this one' });
    },
  },
  // Of the whole program, not of a config.
  parseInputDatesAsUTC: global(
    () =>
      withDefault('parseInputDatesAsUTC', true, async () => {
        const client = new Client(place());
        await client.connect();
        const date = new Date('2026-01-02T03:04:05Z');
        const { rows } = await client.query('select $1::text as sent', [date]);
        expect(rows[0].sent).toMatch(/^2026-01-02T03:04:05.000\+00:00$/);
        await client.end();
      }),
    true,
  ),
  parseInt8: global(
    () =>
      withDefault('parseInt8', true, async () => {
        expect(await ask({}, 'select 1::int8')).toBe(1);
        (pg.defaults as { parseInt8?: boolean }).parseInt8 = false;
      }),
    true,
  ),
  rows: { passed: 5 },
  // In the types alone: no version of pg that is supported reads them.
  poolIdleTimeout: { passed: 5 },
  reapIntervalMillis: { passed: 5 },
} satisfies Readonly<Record<keyof pg.PoolConfig | keyof pg.Defaults, Verdict>> &
  Readonly<Record<string, Verdict>>;

const names = Object.keys(verdicts) as (keyof typeof verdicts)[];
const verdictOf = (name: keyof typeof verdicts): Verdict => verdicts[name];

describe('the options that pg reads', () => {
  const require = createRequire(import.meta.url);
  const source = (file: string): string => readFileSync(require.resolve(file), 'utf8');
  const pgLib = dirname(require.resolve('pg'));
  const pool = createRequire(join(pgLib, 'index.js')).resolve('pg-pool');
  const places: readonly [string, string, RegExp][] = [
    ['Client', source(join(pgLib, 'client.js')), /\bc\.(\w+)/g],
    [
      'ConnectionParameters',
      source(join(pgLib, 'connection-parameters.js')),
      /\bval\('(\w+)'|\bconfig\.(\w+)/g,
    ],
    ['pg-pool', readFileSync(pool, 'utf8'), /\boptions\.(\w+)/g],
  ];

  it.each(places)('all have a verdict: those of %s', (_, text, pattern) => {
    const read = [...new Set([...text.matchAll(pattern)].map(([, one, other]) => one ?? other))];
    expect(read.length).toBeGreaterThan(8);
    expect(names).toEqual(expect.arrayContaining(read));
  });

  it('all have a verdict: those of pg.defaults', () => {
    expect(names).toEqual(expect.arrayContaining(Object.keys(pg.defaults)));
  });
});

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

describe('each option', () => {
  it.each(names.filter((name) => verdictOf(name).effect))('"%s" does what pg does with it', async (name) => {
    await verdictOf(name).effect?.();
  });

  it.each(names.filter((name) => 'refused' in verdictOf(name)))(
    '"%s" is refused where it cannot be obeyed',
    async (name) => {
      expect(
        await failure({ [name]: verdictOf(name).refused } as PoolConfig).catch((error: unknown) => error),
      ).toMatchObject({
        name: 'AzurePgError',
        code: 'INVALID_SETTING',
      });
    },
  );

  it.each([...names.filter((name) => 'passed' in verdictOf(name)), 'lookup', 'schema', 'supervise'])(
    '"%s" is passed by, as by pg',
    async (name) => {
      const value = (verdicts as Readonly<Record<string, Verdict>>)[name]?.passed ?? 'x';
      expect(await show('work_mem', { [name]: value } as PoolConfig)).toBe('4MB');
    },
  );

  it.each(names.filter((name) => verdictOf(name).readme))(
    'of "%s" the README says what it does not do',
    (name) => {
      expect(readme).toMatch(verdictOf(name).readme as RegExp);
    },
  );

  it.each([
    ['application_name', 'shop', 'shop'],
    ['fallback_application_name', 'shop', 'shop'],
    ['statement_timeout', 4321, '4321ms'],
    ['lock_timeout', 4321, '4321ms'],
    ['idle_in_transaction_session_timeout', 4321, '4321ms'],
  ])('"%s" counts in pg.defaults as well', async (name, value, shown) => {
    const parameter = name.replace('fallback_', '');
    await withDefault(name, value, async () => expect(await show(parameter, {})).toBe(shown));
  });

  it('"options", "query_timeout" and "binary" count in pg.defaults as well', async () => {
    await withDefault('options', '-c work_mem=1236kB', async () =>
      expect(await show('work_mem', {})).toBe('1236kB'),
    );
    await withDefault('query_timeout', 50, async () =>
      expect(await failure({}, 'select pg_sleep(5)')).toMatchObject({ message: /timeout/ }),
    );
    await withDefault('binary', true, async () => {
      const { fields } = await withPool(place(), (pool) => pool.query('select $1::int4', [1]));
      expect(fields[0]?.format).toBe('binary');
    });
  });

  it('"sslnegotiation" and "client_encoding" count in pg.defaults as well', async () => {
    await withDefault('sslnegotiation', 'direct', async () =>
      expect(poolConnection(new Pool(place()))?.tls.negotiation).toBe('direct'),
    );
    await withDefault('client_encoding', 'LATIN1', async () =>
      expect(await failure({}).catch((error: unknown) => error)).toMatchObject({ code: 'INVALID_SETTING' }),
    );
  });
});
