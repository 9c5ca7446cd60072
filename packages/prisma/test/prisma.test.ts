import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { inspect } from 'node:util';
import { rejection } from '@azure-pg/contract';
import { isRetryable } from '@azure-pg/core';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import { Pool } from '@azure-pg/pg';
import { afterAll, beforeAll, describe, expect, it, TestRunner } from 'vitest';
import type { PrismaAzurePgOptions } from '../src/index.ts';
import { type Client, entriesOf } from './entries.ts';
import { versionUnderTest } from './project.ts';

const { PrismaAzurePg, PrismaClient, PrismaPg } = await entriesOf(versionUnderTest);
const tables = await readFile(new URL('./tables.sql', import.meta.url), 'utf8');

const routes = {
  direct: undefined,
  'a pooler that puts each transaction on another server': { adversarial: true },
  'such a pooler that keeps prepared statements': { adversarial: true, maxPreparedStatements: 200 },
};

describe.each(Object.entries(routes))('a generated PrismaClient, %s', (route, pooler) => {
  let emulator: Emulator;
  let url: string;
  let client: Client;
  beforeAll(async () => {
    emulator = await startEmulator({ pooler: pooler ?? false });
    Object.assign(process.env, emulator.env);
    url = emulator.url;
    if (pooler !== undefined) {
      const kept = 'maxPreparedStatements' in pooler ? '&max_prepared_statements=200' : '';
      url = `${emulator.pooledUrl}&direct_port=${emulator.ports.direct}${kept}`;
    }
    await emulator.query(`${tables}
      create schema other; set search_path = other; ${tables} reset search_path;
      grant all on all tables in schema public, other to public; grant usage on schema other to public;
      grant all on all sequences in schema public, other to public; alter role "local-app" createdb`);
    client = new PrismaClient({ adapter: new PrismaAzurePg(`${url}&connection_limit=6`) });
  });
  afterAll(async () => {
    await client.$disconnect();
    await emulator.stop();
  });

  it('creates, reads, updates and deletes; values come back as they went in', async () => {
    const data = {
      email: 'ada@example.com',
      born: new Date('1815-12-10'),
      balance: '12345678901234567.89',
      settings: { theme: 'dark' },
      seen: new Date(86_400_123),
    };
    const made = await client.person.create({
      data: { ...data, notes: { create: [{ text: 'one' }, { text: 'two' }] } },
      include: { notes: true },
    });
    expect(made).toMatchObject({
      ...data,
      balance: expect.anything(),
      notes: [{ text: 'one' }, { text: 'two' }],
    });
    expect(String(made.balance)).toBe('12345678901234567.89');
    expect(
      await client.person.findUnique({ where: { email: 'ada@example.com' }, include: { notes: true } }),
    ).toEqual(made);
    await client.person.update({ where: { id: made.id }, data: { balance: { increment: 1 } } });
    await client.person.upsert({
      where: { email: 'b@example.com' },
      create: { email: 'b@example.com' },
      update: {},
    });
    expect(await client.person.delete({ where: { email: 'b@example.com' } })).toMatchObject({
      email: 'b@example.com',
    });
    expect(
      await client.note.findMany({
        where: { text: { contains: 'o' }, author: { email: { startsWith: 'ada' } } },
      }),
    ).toHaveLength(2);
  });

  it('a query that times out in a transaction takes no later insert with it', async () => {
    const adapter = new PrismaAzurePg({ connectionString: url, max: 1, query_timeout: 500 });
    const hasty = new PrismaClient({ adapter });
    const lost = hasty.$transaction(
      async (transaction) => {
        await transaction.person.create({ data: { email: 'lost@example.com' } });
        await transaction.$queryRawUnsafe('select pg_sleep(1.5)::text');
      },
      { timeout: 10_000 },
    );
    await expect(lost).rejects.toThrow();
    await hasty.person.create({ data: { email: 'reported@example.com' } });
    const rows = await emulator.query("select email from person where email ~ 'lost|reported'");
    expect(rows).toEqual([{ email: 'reported@example.com' }]);
    await hasty.$disconnect();
    await emulator.query("delete from person where email ~ 'reported'");
  });

  it('$disconnect() leaves no query without an answer', async () => {
    const leaving = new PrismaClient({ adapter: new PrismaAzurePg({ connectionString: url, max: 2 }) });
    await leaving.$connect();
    const queries = Array.from({ length: 30 }, (_, n) =>
      leaving.person.create({ data: { email: `leaving${n}@example.com` } }),
    );
    const ends = Promise.allSettled(queries);
    await leaving.$disconnect();
    const done = (await ends).filter(({ status }) => status === 'fulfilled').length;
    expect(await emulator.query("delete from person where email ~ 'leaving' returning 1")).toHaveLength(done);
  });

  it('an interactive transaction commits as a whole and rolls back as a whole', async () => {
    const wrong = new Error('changed my mind');
    const work = async (transaction: Client): Promise<void> => {
      const { id } = await transaction.person.create({ data: { email: 'gone@example.com' } });
      await transaction.note.create({ data: { text: 'gone', authorId: id } });
      throw wrong;
    };
    expect(await rejection(client.$transaction(work, { isolationLevel: 'Serializable' }))).toBe(wrong);
    expect(await client.person.count({ where: { email: 'gone@example.com' } })).toBe(0);
    await client.$transaction([
      client.person.create({ data: { email: 'c@example.com' } }),
      client.person.create({ data: { email: 'd@example.com' } }),
    ]);
    expect(await client.person.count()).toBe(3);
  });

  it('many transactions at once lose nothing', async () => {
    const ends = await Promise.allSettled(
      Array.from({ length: 60 }, (_, index) =>
        client.$transaction(
          async (transaction) => {
            const { id } = await transaction.person.create({ data: { email: `p${index}@example.com` } });
            if (index % 10 === 0) throw new Error('rolled back');
            await transaction.note.create({ data: { text: 'many', authorId: id } });
          },
          { maxWait: 20_000, timeout: 20_000 },
        ),
      ),
    );
    expect(ends.filter(({ status }) => status === 'fulfilled')).toHaveLength(54);
    expect(await emulator.query("select count(*)::int as n from note where text = 'many'")).toEqual([
      { n: 54 },
    ]);
  });

  it('raw queries, with parameters', async () => {
    expect(await client.$queryRawUnsafe('select current_user::text as u, $1::int + 1 as n', 41)).toEqual([
      { u: 'local-app', n: 42 },
    ]);
    expect(await client.$executeRawUnsafe('update note set text = $1 where text = $1', 'many')).toBe(54);
  });

  it('Prisma’s own error codes: P2002 for a value that is taken, P2003 for a missing parent, P2025 for nothing found', async () => {
    expect(await rejection(client.person.create({ data: { email: 'ada@example.com' } }))).toMatchObject({
      code: 'P2002',
    });
    expect(await rejection(client.note.create({ data: { text: 'x', authorId: -1 } }))).toMatchObject({
      code: 'P2003',
    });
    expect(await rejection(client.person.delete({ where: { id: -1 } }))).toMatchObject({ code: 'P2025' });
  });

  it('the schema of the URL and of the options is the one that is used', async () => {
    const both: [string, PrismaAzurePgOptions][] = [
      [`${url}&schema=other`, {}],
      [`${url}&schema=public`, { schema: 'other' }],
    ];
    for (const [given, options] of both) {
      const other = new PrismaClient({ adapter: new PrismaAzurePg(given, options) });
      await other.person.deleteMany();
      await other.person.create({ data: { email: 'elsewhere@example.com' } });
      expect(await other.person.count()).toBe(1);
      await other.$disconnect();
    }
    expect(await emulator.query('select count(*)::int as n from other.person')).toEqual([{ n: 1 }]);
  });

  // Prisma 6.16 has no statementNameGenerator yet.
  it.skipIf(versionUnderTest === 'oldest')(
    'named statements are used where they last, and only there',
    async () => {
      let names = 0;
      const adapter = new PrismaAzurePg(
        { connectionString: url, max: 4 },
        { statementNameGenerator: ({ sql }) => `s${++names && sql.length}` },
      );
      const named = new PrismaClient({ adapter });
      for (let run = 0; run < 10; run++)
        await named.person.findFirst({ where: { email: 'ada@example.com' } });
      await Promise.all(
        Array.from({ length: 40 }, () => named.person.findFirst({ where: { email: 'ada@example.com' } })),
      );
      expect(names).toBeGreaterThan(40);
      const statements = await Promise.all(
        Array.from({ length: 12 }, () =>
          named.$queryRawUnsafe<{ name: string }[]>(
            'select name from pg_prepared_statements where statement like \'%"person"%\'',
          ),
        ),
      );
      expect(statements.flat().length > 0).toBe(pooler === undefined || 'maxPreparedStatements' in pooler);
      await named.$disconnect();
    },
  );

  it('a shadow database is made and dropped on the server itself', async () => {
    if (route !== 'direct') await emulator.pgbouncer?.stop();
    const shadow = await new PrismaAzurePg(url).connectToShadowDb();
    await shadow.executeScript('create table t (id int); insert into t values (1)');
    const query = { sql: 'select current_database() as d', args: [], argTypes: [] };
    const [[name] = []] = (await shadow.queryRaw(query)).rows;
    expect(name).toMatch(/^prisma_migrate_shadow_db_/);
    await shadow.dispose();
    if (route !== 'direct') await emulator.pgbouncer?.start();
    expect(await emulator.query("select 1 from pg_database where datname like 'prisma_%'")).toEqual([]);
  });

  it('a pool of ours is used, and ended only where disposeExternalPool says so', async () => {
    for (const disposeExternalPool of [false, true]) {
      const pool = new Pool(url);
      const mine = new PrismaClient({ adapter: new PrismaAzurePg(pool, { disposeExternalPool }) });
      expect(await mine.person.count()).toBeGreaterThan(0);
      expect(pool.totalCount).toBeGreaterThan(0);
      await mine.$disconnect();
      expect(pool.ended).toBe(disposeExternalPool);
      if (!pool.ended) await pool.end();
    }
  });

  it('shows no token and no password when it is printed', async () => {
    const adapter = new PrismaAzurePg(emulator.postgres.url);
    const mine = new PrismaClient({ adapter });
    await mine.$queryRawUnsafe('select 1 as one');
    await mine.$disconnect();
    // A client makes new objects wherever one looks: each level has four times as many, and there is no last one.
    const inClient = { depth: TestRunner.matchesTags(['slow']) ? 30 : 5 };
    const shown = [
      inspect(adapter, { depth: 30 }),
      inspect([mine, client], inClient),
      JSON.stringify(adapter),
    ].join('\n');
    expect(shown).not.toContain(emulator.postgres.password);
    expect(shown).not.toMatch(/eyJ[\w-]+\.eyJ/);
    const bare = new PrismaClient({ adapter: new PrismaPg({ connectionString: emulator.postgres.url }) });
    expect(inspect(bare, { depth: 5 })).toContain(emulator.postgres.password);
  }, 180_000);
});

describe('what goes wrong', () => {
  const unreachable = 'postgres://app:geheim@localhost:1/db';

  it('nobody listens: Prisma’s DatabaseNotReachable', async () => {
    const client = new PrismaClient({ adapter: new PrismaAzurePg(unreachable) });
    const error = await rejection(client.person.count());
    expect(error).toMatchObject({ code: 'P1001' });
    expect(inspect(error, { depth: 9 })).not.toContain('geheim');
  });

  it.each([
    ['single_use_connections=true', { maxUses: 1 }],
    ['connection_limit=3&schema=', { max: 3 }],
  ])('%s in the URL is Prisma’s', (parameters, expected) => {
    const adapter = new PrismaAzurePg(`postgres://app@localhost/db?${parameters}`);
    expect((adapter as unknown as { config: object }).config).toMatchObject(expected);
  });

  it('a certificate of somebody else: told as such', async () => {
    const emulator = await startEmulator({ pooler: false });
    const client = new PrismaClient({
      adapter: new PrismaAzurePg(emulator.url.replace(/sslrootcert=[^&]*/, 'trust=azure')),
    });
    const error = await rejection(client.person.count());
    expect(error).toMatchObject({ code: 'P1011' });
    expect(inspect(error, { depth: 9 })).toContain('CERTIFICATE_NOT_TRUSTED');
    await emulator.stop();
  });

  it.each([
    ['at once', 'disable', undefined],
    ['at the SSLRequest', 'require', undefined],
    ['in the TLS handshake', 'require', 'S'],
  ])(
    'a server that closes the connection %s: P1017, with what it was, and worth another try',
    async (_, sslmode, answer) => {
      const server = createServer((socket) => {
        socket.on('error', () => {});
        socket.on('data', (data) => {
          if (answer === undefined || data.length > 8) socket.destroy();
          else socket.write(answer);
        });
      }).listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const url = `postgresql://app:secret@127.0.0.1:${port}/app?sslmode=${sslmode}`;
      const client = new PrismaClient({ adapter: new PrismaAzurePg(url) });
      try {
        const error = await rejection(client.person.count());
        expect(error).toMatchObject({ code: 'P1017' });
        expect(isRetryable(error)).toBe(true);
        const shown = inspect(error, { depth: 9 });
        expect(shown).toContain(answer === undefined ? 'CONNECTION_CLOSED' : 'TLS_HANDSHAKE_FAILED');
      } finally {
        await client.$disconnect();
        server.close();
      }
    },
  );

  it('a transaction through a pooler in statement mode: refused with the reason, before it begins', async () => {
    const emulator = await startEmulator({ pooler: { poolMode: 'statement' } });
    Object.assign(process.env, emulator.env);
    const client = new PrismaClient({ adapter: new PrismaAzurePg(emulator.pooledUrl) });
    const error = await rejection(client.$transaction(async () => expect.unreachable()));
    expect(error).toMatchObject({ code: 'POOLER_UNSUPPORTED' });
    await client.$disconnect();
    await emulator.stop();
  });

  it('a wrong password, a database that is not there: P1000 and P1003', async () => {
    const emulator = await startEmulator({ pooler: false });
    const { url, password } = emulator.postgres;
    const wrong = new PrismaClient({ adapter: new PrismaAzurePg(url.replace(password, 'wrong')) });
    expect(await rejection(wrong.person.count())).toMatchObject({ code: 'P1000' });
    const nowhere = new PrismaClient({ adapter: new PrismaAzurePg(url.replace('/postgres?', '/nowhere?')) });
    expect(await rejection(nowhere.person.count())).toMatchObject({ code: 'P1003' });
    await emulator.stop();
  });

  const wrong: Record<string, [string | object, string]> = {
    'an unknown setting': ['postgres://localhost/db?colour=red', 'INVALID_SETTING'],
    'an unknown option': [{ host: 'localhost', hots: 'x' }, 'INVALID_SETTING'],
    'connection_limit that is not a number': [
      'postgres://localhost/db?connection_limit=many',
      'INVALID_SETTING',
    ],
    'sslaccept, whose work sslmode does': ['postgres://localhost/db?sslaccept=strict', 'INVALID_SETTING'],
    'a schema with broken percent-encoding': [
      'postgres://localhost/db?schema=%zz',
      'INVALID_CONNECTION_STRING',
    ],
  };
  it.each(Object.entries(wrong))('%s is refused when the adapter is made', (_name, [input, code]) => {
    expect(() => new PrismaAzurePg(input as string)).toThrow(
      expect.objectContaining({ name: 'AzurePgError', code }),
    );
  });

  it('the pool of another copy of pg is refused with a reason', async () => {
    const { default: foreign } = await import('pg-foreign');
    const pool = new foreign.Pool();
    expect(() => new PrismaAzurePg(pool)).toThrow(/another copy of pg/);
    await pool.end();
  });
});
