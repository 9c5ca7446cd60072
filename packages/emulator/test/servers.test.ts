import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type Emulator, EmulatorError, type EmulatorOptions, startEmulator } from '../src/index.ts';
import {
  clientOf,
  endOf,
  everythingFrom,
  packet,
  pooler,
  refusalOf,
  rowsOf,
  skipPooler,
  tcp,
} from './connect.ts';

const running: Emulator[] = [];
afterEach(async () => {
  for (const emulator of running.splice(0)) await emulator.stop();
});
async function start(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await startEmulator({ pooler: false, ...options });
  running.push(emulator);
  return emulator;
}

describe('the URLs', () => {
  test('say what a user would write for Azure, and where to find it here', async () => {
    const emulator = await start({ database: 'shop & co', host: 'shop.postgres.database.azure.com' });
    const url = new URL(emulator.url);
    expect([url.hostname, url.port, decodeURIComponent(url.pathname), url.username]).toEqual([
      'shop.postgres.database.azure.com',
      String(emulator.ports.direct),
      '/shop & co',
      '',
    ]);
    expect(Object.fromEntries(url.searchParams)).toEqual({
      hostaddr: '127.0.0.1',
      sslrootcert: emulator.ca.file,
    });
    expect(await readFile(emulator.ca.file, 'utf8')).toBe(emulator.ca.pem);
    const password = await emulator.entra.issueToken();
    await rowsOf(emulator, { password, database: 'shop & co' }, 'CREATE TABLE in_own_database ()');
    expect(() => emulator.pooledUrl).toThrow(EmulatorError);
  });

  test('fixed ports are taken, and a port in use is an error that leaves nothing behind', async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    const { port } = holder.address() as { port: number };
    await expect(start({ ports: { direct: port } })).rejects.toThrow(/EADDRINUSE/);
    await new Promise((resolve) => holder.close(resolve));
    const emulator = await start({ ports: { direct: port } });
    expect(emulator.ports.direct).toBe(port);
  });

  test.each<[EmulatorOptions, RegExp]>([
    [{ ports: { direct: 70_000 } }, /ports.direct/],
    [{ ports: { direct: 20_001, pooled: 20_001 } }, /the same/],
    [{ identity: { name: 'ann@contoso.com', kind: 'user' } }, /identity.kind/],
    [{ pooler: { poolMode: 'sometimes' as 'session' } }, /poolMode/],
    [{ postgres: { settings: { no_such_setting: 1 } } }, /no_such_setting/],
  ])('%j is refused with a reason', async (options, message) => {
    await expect(start(options)).rejects.toThrow(message);
  });
});

describe('the end', () => {
  test('does not wait for statements that still run, and may be asked for twice', async () => {
    const emulator = await start();
    const slow = emulator.query('SELECT pg_sleep(60)').then(
      () => 'ended by itself',
      () => 'broken off',
    );
    const waiting = "SELECT pid FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(60)'";
    await expect.poll(() => emulator.query(waiting)).toHaveLength(1);
    await Promise.all([emulator.stop(), emulator.stop()]);
    expect(await slow).toBe('broken off');
    expect(existsSync(emulator.folder)).toBe(false);
    expect(await refusalOf(emulator, { password: 'x' })).toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('`await using` ends it, too', async () => {
    let folder = '';
    {
      await using emulator = await startEmulator({ pooler: false });
      folder = emulator.folder;
      expect(existsSync(folder)).toBe(true);
    }
    expect(existsSync(folder)).toBe(false);
  });
});

describe('PostgreSQL itself', () => {
  test('takes passwords over TLS, refuses plaintext, and takes settings', async () => {
    const emulator = await start({ postgres: { settings: { work_mem: '7MB' } } });
    const { port, password, user } = emulator.postgres;
    expect(await rowsOf(emulator, { port, user, password }, 'SHOW work_mem')).toEqual([{ work_mem: '7MB' }]);
    expect(await refusalOf(emulator, { port, user, password: 'wrong' })).toMatchObject({ code: '28P01' });
    const plain = await tcp(port);
    plain.write(packet(3 << 16, 'user\0app\0database\0postgres\0\0'));
    expect(await everythingFrom(plain)).toContain('no encryption');
  });

  test('its pg_hba.conf can be widened, for tests of other servers’ ways', async () => {
    const emulator = await start({ postgres: { hba: ['hostnossl all all 127.0.0.1/32 trust'] } });
    const plain = await tcp(emulator.ports.postgres);
    plain.write(packet(3 << 16, 'user\0app\0database\0postgres\0\0'));
    const first = await new Promise<Buffer>((resolve) => plain.once('data', resolve));
    expect(first.readUInt32BE(5)).toBe(0);
    plain.destroy();
  });

  test('without TLS the gateway still works', async () => {
    const emulator = await start({ postgres: { settings: { ssl: 'off' } } });
    expect(await refusalOf(emulator, { password: await emulator.entra.issueToken() })).toBe('signed in');
  });

  test('stops, refuses, and comes back on the same port with the same data', async () => {
    const emulator = await start();
    const password = await emulator.entra.issueToken();
    await rowsOf(emulator, { password }, 'CREATE TABLE kept AS SELECT 42 AS answer');
    const client = clientOf(emulator, { password });
    const end = endOf(client);
    await client.connect();
    await emulator.postgres.stop();
    expect(await end).toBe('57P01');
    expect(await refusalOf(emulator, { password })).toMatchObject({ code: 'ECONNREFUSED' });
    expect(emulator.postgres.running).toBe(false);
    await emulator.postgres.start();
    expect(await rowsOf(emulator, { password }, 'SELECT answer FROM kept')).toEqual([{ answer: 42 }]);
    await emulator.postgres.restart('immediate');
    expect(await refusalOf(emulator, { password })).toBe('signed in');
  });
});

describe.skipIf(skipPooler)(`PgBouncer ${pooler.version ?? ''} itself`, () => {
  test('takes passwords over TLS, refuses plaintext, and comes back on the same port', async () => {
    const emulator = await start({ pooler: { settings: { stats_users: 'app' } } });
    const { port, user = '', password = '' } = emulator.pgbouncer ?? {};
    const signIn = { port: port ?? 0, user, password };
    expect(await rowsOf(emulator, signIn)).toEqual([{ role: 'app' }]);
    expect(await refusalOf(emulator, { ...signIn, password: 'wrong' })).toMatchObject({
      message: /authentication failed/,
    });
    const plain = await tcp(signIn.port);
    plain.write(packet(3 << 16, 'user\0app\0database\0postgres\0\0'));
    expect(await everythingFrom(plain)).toMatch(/SSL required|no authentication method/);
    await emulator.pgbouncer?.stop();
    const token = await emulator.entra.issueToken();
    expect(await refusalOf(emulator, { port: emulator.ports.pooled, password: token })).toMatchObject({
      code: 'ECONNREFUSED',
    });
    await emulator.pgbouncer?.start();
    expect(await refusalOf(emulator, { port: emulator.ports.pooled, password: token })).toBe('signed in');
  });

  const named = { name: 'a statement', text: 'SELECT 1 AS one' };

  test.each([
    [0, 'breaks'],
    [100, 'works'],
  ] as const)(
    'adversarial, max_prepared_statements=%i: a named statement %s',
    async (maxPreparedStatements, outcome) => {
      const emulator = await start({ pooler: { adversarial: true, maxPreparedStatements } });
      expect(new URL(emulator.pooledUrl).searchParams.get('max_prepared_statements')).toBe(
        String(maxPreparedStatements),
      );
      const client = clientOf(emulator, {
        port: emulator.ports.pooled,
        password: await emulator.entra.issueToken(),
      });
      await client.connect();
      const pids = new Set<number>();
      let failures = 0;
      // PgBouncer fills its pool at its own pace, however many queries a fast machine gets through meanwhile.
      for (const end = Date.now() + 10_000; pids.size < 2 && Date.now() < end; ) {
        const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
        for (const { pid } of rows) pids.add(pid);
      }
      for (let attempt = 0; attempt < 12; attempt += 1) {
        await client.query(named).catch(() => {
          failures += 1;
        });
      }
      await client.end();
      expect(pids.size).toBeGreaterThan(1);
      if (outcome === 'breaks') expect(failures).toBeGreaterThan(0);
      else expect(failures).toBe(0);
    },
  );

  test('session mode keeps a session’s state', async () => {
    const emulator = await start({ pooler: { poolMode: 'session' } });
    expect(new URL(emulator.pooledUrl).searchParams.get('pool_mode')).toBe('session');
    const client = clientOf(emulator, {
      port: emulator.ports.pooled,
      password: await emulator.entra.issueToken(),
    });
    await client.connect();
    await client.query("SET application_name = 'kept'");
    expect((await client.query('SHOW application_name')).rows).toEqual([{ application_name: 'kept' }]);
    await client.end();
  });
});
