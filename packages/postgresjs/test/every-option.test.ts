import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer, Socket } from 'node:net';
import { join } from 'node:path';
import { rejection } from '@azure-pg/contract';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import driver from 'postgres';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import postgres from '../src/index.ts';

// Every option that the driver reads, by its types and its source, has a verdict here: what it does is seen, or it is refused. A new one of a new
// version has none, and fails the first tests.

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false, postgres: { settings: { wal_level: 'logical' } } });
});
afterAll(() => emulator.stop());
afterEach(() => void vi.restoreAllMocks());

type Options = postgres.Options<Record<never, never>>;

function place(): Options {
  const { host, port, user, password } = emulator.postgres;
  return {
    host,
    port,
    user,
    password,
    database: 'postgres',
    ssl: { ca: emulator.ca.pem },
    onnotice: () => {},
  };
}

async function using<T>(more: object, work: (sql: postgres.Sql) => Promise<T>): Promise<T> {
  const sql = postgres({ ...place(), ...more } as Options);
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

/** One value of one row, by an instance with these options. */
const ask = (more: object, text: string): Promise<unknown> =>
  using(more, async (sql) => Object.values((await sql.unsafe(text))[0] as object)[0]);
const show = (name: string, more: object): Promise<unknown> => ask(more, `show ${name}`);
const failure = (more: object): Promise<unknown> => rejection(using(more, (sql) => sql`select 1`));

/** A server that takes connections and says nothing, and the first byte that each client sends. */
async function silence(work: (port: number, firstByte: Promise<number>) => Promise<void>): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const firstByte = new Promise<number>((resolve) => {
    server.on('connection', (socket) => {
      sockets.add(socket.on('error', () => {}));
      socket.once('data', (bytes) => resolve(bytes[0] as number));
    });
  });
  try {
    await work((server.address() as AddressInfo).port, firstByte);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

/** Whether statements of an instance with these options have names. */
const prepares = (more: object): Promise<unknown> =>
  using({ max: 1, ...more }, async (sql) => {
    await sql`select ${1}::int`;
    const [row] = await sql.unsafe('select count(*)::int as names from pg_prepared_statements');
    return row?.names > 0;
  });

/** Resolves when the instance has closed its connection by itself. */
const closesItself = (more: object): Promise<void> => {
  const onclose = vi.fn();
  return using({ max: 1, ...more, onclose }, async (sql) => {
    await sql`select 1`;
    await vi.waitFor(() => expect(onclose).toHaveBeenCalled(), 20_000);
  });
};

interface Verdict {
  readonly effect?: () => Promise<void>;
  readonly refused?: unknown;
}

const verdicts = {
  host: { effect: async () => expect(await failure({ host: '127.0.0.2' })).toBeDefined() },
  hostname: { effect: async () => expect(await failure({ hostname: '127.0.0.2' })).toBeDefined() },
  port: { effect: async () => expect(await failure({ port: 1 })).toMatchObject({ code: 'ECONNREFUSED' }) },
  path: {
    effect: async () => {
      const path = '/nowhere/.s.PGSQL.5432';
      const error = await failure({ host: undefined, port: undefined, ssl: undefined, path });
      expect(error).toMatchObject({ code: 'ENOENT' });
    },
  },
  database: {
    effect: async () => expect(await failure({ database: 'none' })).toMatchObject({ code: '3D000' }),
  },
  db: {
    effect: async () =>
      expect(await failure({ database: undefined, db: 'none' })).toMatchObject({ code: '3D000' }),
  },
  user: { effect: async () => expect(await ask({}, 'select current_user')).toBe('app') },
  username: {
    effect: async () =>
      expect(await ask({ user: undefined, username: 'app' }, 'select current_user')).toBe('app'),
  },
  password: {
    effect: async () => expect(await failure({ password: 'wrong' })).toMatchObject({ code: '28P01' }),
  },
  pass: { effect: async () => expect(await failure({ pass: 'wrong' })).toMatchObject({ code: '28P01' }) },
  ssl: {
    effect: async () => {
      expect(await failure({ ssl: 'verify-full' })).toMatchObject({ code: 'CERTIFICATE_NOT_TRUSTED' });
      expect(await ask({}, 'select ssl from pg_stat_ssl where pid = pg_backend_pid()')).toBe(true);
    },
    refused: { ca: 'x', checkServerIdentity: () => undefined },
  },
  sslnegotiation: {
    effect: () =>
      silence(async (port, firstByte) => {
        const failed = failure({ port, sslnegotiation: 'direct', connect_timeout: 1 });
        // A handshake, not a request for one.
        expect(await firstByte).toBe(0x16);
        await failed;
      }),
    refused: 'perhaps',
  },
  max: {
    effect: () =>
      using({ max: 2 }, async (sql) => {
        const rows = await Promise.all(
          [1, 2, 3, 4].map(() => sql`select pg_backend_pid() as pid, pg_sleep(0.02)::text`),
        );
        expect(new Set(rows.map(([row]) => row?.pid)).size).toBe(2);
      }),
  },
  idle_timeout: { effect: () => closesItself({ idle_timeout: 0.02 }) },
  timeout: {
    effect: async () => {
      const said = vi.spyOn(console, 'log').mockImplementation(() => {});
      await closesItself({ timeout: 0.02 });
      expect(said).toHaveBeenCalledWith(expect.stringContaining('deprecated'));
    },
  },
  max_lifetime: { effect: () => closesItself({ max_lifetime: 0.02 }) },
  connect_timeout: {
    effect: () =>
      silence(async (port) =>
        expect(await failure({ port, connect_timeout: 0.05 })).toMatchObject({ code: 'CONNECT_TIMEOUT' }),
      ),
    refused: 'soon',
  },
  types: {
    effect: async () => expect(await ask({ types: { bigint: driver.BigInt } }, 'select 1::int8')).toBe(1n),
  },
  prepare: {
    effect: async () =>
      expect([await prepares({ prepare: true }), await prepares({ prepare: false })]).toEqual([true, false]),
  },
  no_prepare: { effect: async () => expect(await prepares({ no_prepare: true })).toBe(false) },
  onnotice: {
    effect: async () => {
      const onnotice = vi.fn();
      await using({ onnotice }, (sql) => sql.unsafe("do $$ begin raise notice 'hello'; end $$"));
      expect(onnotice).toHaveBeenCalledWith(expect.objectContaining({ message: 'hello' }));
    },
  },
  onnotify: {
    effect: async () => {
      const onnotify = vi.fn();
      await using({ max: 1, onnotify }, async (sql) => {
        await sql`listen orders`;
        await sql`notify orders, 'the 7th'`;
      });
      expect(onnotify).toHaveBeenCalledWith('orders', 'the 7th');
    },
  },
  onparameter: {
    effect: async () => {
      const onparameter = vi.fn();
      await using({ max: 1, onparameter }, (sql) => sql`set application_name = 'shop'`);
      expect(onparameter).toHaveBeenCalledWith('application_name', 'shop');
    },
  },
  onclose: {
    effect: async () => {
      const onclose = vi.fn();
      await using({ onclose }, (sql) => sql`select 1`);
      expect(onclose).toHaveBeenCalled();
    },
  },
  debug: {
    effect: async () => {
      const debug = vi.fn();
      await using({ debug }, (sql) => sql`select ${7}::int`);
      expect(debug.mock.calls.flat()).toContain('select $1::int');
    },
  },
  transform: {
    effect: async () => {
      const transform = { undefined: null, column: { from: (name: string) => name.toUpperCase() } };
      const rows = await using({ transform }, (sql) => sql`select ${undefined as never}::text as none`);
      expect([...rows]).toEqual([{ NONE: null }]);
    },
  },
  connection: {
    effect: async () => {
      const connection = { application_name: 'shop', statement_timeout: 4321 };
      expect(await show('application_name', { connection })).toBe('shop');
      expect(await show('statement_timeout', { connection })).toBe('4321ms');
    },
  },
  target_session_attrs: {
    effect: async () =>
      expect(await failure({ target_session_attrs: 'standby', connect_retry_timeout: 0 })).toMatchObject({
        code: 'SESSION_ATTRS_NOT_MET',
      }),
    refused: 'perhaps',
  },
  fetch_types: {
    effect: async () => {
      const array = "select array['a']::varchar[] as texts";
      expect(await ask({ fetch_types: true }, array)).toEqual(['a']);
      expect(await ask({ fetch_types: false }, array)).toBe('{a}');
    },
  },
  publications: {
    effect: async () => {
      await emulator.query('create table bought (id int primary key); alter role app replication');
      await emulator.query('create publication shop for table bought; grant all on bought to app');
      const told = vi.fn();
      await using({ publications: 'shop' }, async (sql) => {
        const { unsubscribe } = await sql.subscribe('insert:bought', (row) => told(row));
        await sql`insert into bought values (7)`;
        await vi.waitFor(() => expect(told).toHaveBeenCalledWith({ id: 7 }), 20_000);
        await unsubscribe();
      });
    },
  },
  backoff: {
    effect: async () => {
      const backoff = vi.fn(() => 0.001);
      await failure({ port: 1, backoff });
      expect(backoff).toHaveBeenCalled();
    },
  },
  max_pipeline: {
    effect: async () => {
      const sentAtOnce = (max_pipeline: number): Promise<number> => {
        const debug = vi.fn();
        return using({ max: 1, max_pipeline, debug }, async (sql) => {
          await sql`select 0`;
          debug.mockClear();
          const answers = [1, 2, 3, 4].map(() => sql`select pg_sleep(0.01)::text`.execute());
          await new Promise((resolve) => setImmediate(resolve));
          const sent = debug.mock.calls.length;
          await Promise.all(answers);
          return sent;
        });
      };
      expect(await sentAtOnce(1)).toBeLessThan(await sentAtOnce(100));
    },
  },
  keep_alive: {
    effect: async () => {
      const told = vi.spyOn(Socket.prototype, 'setKeepAlive');
      await ask({ keep_alive: 7 }, 'select 1');
      expect(told).toHaveBeenCalledWith(true, 7000);
    },
  },
  socket: {
    effect: async () => {
      const { host, port } = emulator.postgres;
      const socket = vi.fn(async () => {
        const made = new Socket().connect(port, host);
        await once(made, 'connect');
        return made;
      });
      expect(await ask({ socket }, 'select 1')).toBe(1);
      expect(socket).toHaveBeenCalled();
    },
  },
  // Options of an instance, which must be one of ours.
  shared: { refused: {} },
} satisfies Readonly<Record<keyof driver.Options<Record<never, never>>, Verdict>> &
  Readonly<Record<string, Verdict>>;

const names = Object.keys(verdicts) as (keyof typeof verdicts)[];
const verdictOf = (name: keyof typeof verdicts): Verdict => verdicts[name];

describe('the options that the driver reads', () => {
  const folder = join(createRequire(import.meta.url).resolve('postgres'), '..', '..', 'src');
  const source = readFileSync(join(folder, 'index.js'), 'utf8');
  const parse = source.slice(source.indexOf('function parseOptions'));

  it('all have a verdict', () => {
    const body = parse.slice(0, parse.indexOf('\n}\n'));
    const named = [...body.matchAll(/\bo\.(\w+)/g)].map(([, name]) => name);
    const defaults = body.slice(body.indexOf('const defaults'), body.indexOf('return {'));
    const withDefaults = [...defaults.matchAll(/^ {4}(\w+) *:/gm)].map(([, name]) => name);
    expect(named.length).toBeGreaterThan(15);
    expect(withDefaults.length).toBeGreaterThan(8);
    expect(names).toEqual(expect.arrayContaining([...named, ...withDefaults]));
  });
});

describe('each option', () => {
  it.each(names.filter((name) => verdictOf(name).effect))(
    '"%s" does what the driver does with it',
    async (name) => {
      await verdictOf(name).effect?.();
    },
  );

  it.each(names.filter((name) => 'refused' in verdictOf(name)))(
    '"%s" is refused where it cannot be obeyed',
    (name) => {
      expect(() => postgres({ ...place(), [name]: verdictOf(name).refused } as Options)).toThrow(
        expect.objectContaining({ name: 'AzurePgError', code: 'INVALID_SETTING' }),
      );
    },
  );

  it('that the driver does not know is passed by, as by the driver', async () => {
    const sql = postgres({ ...place(), max: 1, schema: 'x', supervise: true } as Options);
    expect(await sql`select 1 as one`).toEqual([{ one: 1 }]);
    await sql.end();
  });
});
