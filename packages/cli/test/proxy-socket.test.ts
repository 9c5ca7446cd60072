import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Emulator, startEmulator } from '@azure-pg/emulator';
import pg from 'pg';
import postgres from 'postgres';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { libpq } from '../../core/test/tls/oracles.ts';
import { type Proxy as OpenProxy, startProxy } from '../src/index.ts';
import { runCli } from './run-cli.ts';

let emulator: Emulator;
const base = mkdtempSync(join(tmpdir(), 'azpg-socket-'));
beforeAll(async () => {
  emulator = await startEmulator({ pooler: false });
  Object.assign(process.env, emulator.env);
  chmodSync(base, 0o755);
}, 90_000);
afterAll(async () => {
  rmSync(base, { recursive: true, force: true });
  await emulator?.stop();
});

let count = 0;
let folder: string;
let socket: string;
const open: OpenProxy[] = [];
beforeEach(() => {
  folder = join(base, String(count++));
  socket = join(folder, '.s.PGSQL.5432');
});
afterEach(async () => {
  for (const proxy of open.splice(0)) await proxy.stop();
});

async function start(options: Parameters<typeof startProxy>[0] = {}): Promise<OpenProxy> {
  const proxy = await startProxy({ url: emulator.url, env: {}, socket: folder, ...options });
  open.push(proxy);
  return proxy;
}

async function who(config: pg.ClientConfig = { host: folder, port: 5432 }): Promise<unknown> {
  const client = new pg.Client({ user: 'whoever', database: 'postgres', ssl: false, ...config });
  await client.connect();
  const { rows } = await client.query('select current_user as u');
  await client.end();
  return rows[0].u;
}

/** `azure-pg proxy` in a process of its own, when it listens. */
async function child(args: readonly string[] = ['--socket', folder], umask = '022') {
  const bin = fileURLToPath(new URL('../src/bin.ts', import.meta.url));
  const node = [process.execPath, '--no-warnings', '--conditions=@azure-pg/source', bin];
  const running = spawn(
    'sh',
    ['-c', `umask ${umask}; exec "$@"`, 'sh', ...node, 'proxy', '--url', emulator.url, ...args],
    { env: { PATH: process.env.PATH, HOME: process.env.HOME, ...emulator.env } },
  );
  let err = '';
  running.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const line = await new Promise<string>((resolve, reject) => {
    createInterface(running.stdout).once('line', resolve);
    running.once('exit', () => reject(new Error(err)));
  });
  return { line, process: running };
}

describe('clients sign in over the socket', () => {
  test('pg', async () => {
    expect(await start()).toMatchObject({ host: folder, port: 5432, socket });
    expect(await who()).toBe('local-app');
  });

  test('postgres.js', async () => {
    await start();
    const sql = postgres({ host: folder, port: 5432, username: 'whoever', database: 'postgres' });
    expect(await sql`select current_user as u`).toEqual([{ u: 'local-app' }]);
    await sql.end();
  });

  test('libpq, and on another port than 5432', async () => {
    const other = join(folder, '.s.PGSQL.6000');
    expect(await start({ socket: other })).toMatchObject({ host: folder, port: 6000, socket: other });
    const outcome = await libpq.ask([`host=${folder} port=6000 user=whoever dbname=postgres`]);
    // Of the connection from the proxy to the server.
    expect(outcome).toEqual(['encrypted']);
  });

  test('and may cancel', async () => {
    await start();
    const sql = postgres({ host: folder, port: 5432, username: 'whoever', database: 'postgres' });
    const sleeping = sql`select pg_sleep(60), 'asleep on the socket'`;
    const outcome = sleeping.catch((error: unknown) => error);
    const asleep = "select 1 from pg_stat_activity where query ~ 'asleep on' and wait_event = 'PgSleep'";
    await expect.poll(async () => (await emulator.query(asleep)).length).toBe(1);
    sleeping.cancel();
    expect(await outcome).toMatchObject({ code: '57014' });
    await sql.end();
  });
});

describe('the socket is its user’s alone', () => {
  const nobody = { uid: 65_534, gid: 65_534 };
  const asNobody = (code: string, ...args: string[]): Promise<string> =>
    new Promise((resolve) => {
      execFile(process.execPath, ['-e', code, ...args], { ...nobody, env: {} }, (error, out) =>
        resolve(error === null ? out : String(error)),
      );
    });

  test.each(['022', '000'])('whatever the umask: %s', async (umask) => {
    const { process: proxy } = await child(undefined, umask);
    expect(lstatSync(socket).isSocket()).toBe(true);
    expect(lstatSync(socket).mode & 0o777).toBe(0o600);
    expect(lstatSync(folder).mode & 0o777).toBe(0o700);
    proxy.kill();
    await once(proxy, 'exit');
  });

  test.runIf(process.getuid?.() === 0)('another cannot connect, even where they may see it', async () => {
    mkdirSync(folder, { mode: 0o755 });
    await start();
    const connects = `const socket = require('node:net').connect(process.argv[1]);
      socket.on('connect', () => { console.log('connected'); socket.destroy(); });
      socket.on('error', (error) => console.log(error.code));`;
    // Root's own Node.js may be closed to them.
    const answer = await asNobody(connects, socket);
    expect(answer).toMatch(/EACCES/);
  });

  test.runIf(process.platform === 'linux')(
    'and there is no port beside it, unless it is asked for',
    async () => {
      const listening = (pid: number | undefined): number => {
        const inodes = ['tcp', 'tcp6'].flatMap((name) =>
          readFileSync(`/proc/${pid}/net/${name}`, 'utf8')
            .split('\n')
            .map((line) => line.trim().split(/\s+/))
            .filter(([, , , state]) => state === '0A')
            .map(([, , , , , , , , , inode]) => `socket:[${inode}]`),
        );
        const files = readdirSync(`/proc/${pid}/fd`).map((fd) => {
          try {
            return readlinkSync(`/proc/${pid}/fd/${fd}`);
          } catch {
            return '';
          }
        });
        return files.filter((file) => inodes.includes(file)).length;
      };
      const alone = await child();
      expect(alone.line).toBe(
        `Listening on ${socket}. Connect with any user and no password: psql -h ${folder} -p 5432`,
      );
      expect(listening(alone.process.pid)).toBe(0);
      alone.process.kill();
      await once(alone.process, 'exit');
      const both = await child(['--socket', folder, '--listen', '127.0.0.1:0']);
      expect(listening(both.process.pid)).toBe(1);
      const port = Number(/ and 127\.0\.0\.1:(\d+)\. /.exec(both.line)?.[1]);
      expect(await who({ host: '127.0.0.1', port })).toBe('local-app');
      expect(await who()).toBe('local-app');
      both.process.kill();
      await once(both.process, 'exit');
    },
  );
});

describe('what is there already', () => {
  test.each(['SIGTERM', 'SIGINT'] as const)('nothing is left at the end by %s', async (signal) => {
    const { process: proxy } = await child();
    expect(existsSync(socket)).toBe(true);
    proxy.kill(signal);
    expect(await once(proxy, 'exit')).toEqual([0, null]);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('a socket of a dead process is replaced', async () => {
    const { process: dead } = await child();
    dead.kill('SIGKILL');
    await once(dead, 'exit');
    expect(lstatSync(socket).isSocket()).toBe(true);
    await start();
    expect(await who()).toBe('local-app');
    expect(readdirSync(folder)).toEqual(['.s.PGSQL.5432']);
  });

  test('one that is in use is not', async () => {
    await start();
    const { code, stderr } = await runCli(['proxy', '--socket', folder, '--url', emulator.url], {
      env: emulator.env,
    });
    expect(code).toBe(1);
    expect(stderr.replace(/\s+/g, ' ')).toContain('is in use: something listens there');
    expect(await who()).toBe('local-app');
    expect(readdirSync(folder)).toEqual(['.s.PGSQL.5432']);
  });

  test('of several that start at once over a dead one, one listens', async () => {
    const { process: dead } = await child();
    dead.kill('SIGKILL');
    await once(dead, 'exit');
    // All find it dead before the first has replaced it.
    const started = await Promise.allSettled(Array.from({ length: 5 }, () => start()));
    expect(started.map(({ status }) => status).sort()).toEqual([
      'fulfilled',
      ...Array.from({ length: 4 }, () => 'rejected'),
    ]);
    expect(await who()).toBe('local-app');
    expect(readdirSync(folder)).toEqual(['.s.PGSQL.5432']);
  });

  test('one that came in the place of ours stays when we end', async () => {
    const first = await start();
    rmSync(socket);
    await start();
    await first.stop();
    expect(await who()).toBe('local-app');
  });

  test('anything else is left as it is', async () => {
    mkdirSync(folder, { mode: 0o700 });
    writeFileSync(socket, 'a file');
    await expect(start()).rejects.toThrow('is in the way, and is no socket');
    expect(readFileSync(socket, 'utf8')).toBe('a file');
  });
});

describe('does not listen where others could put a socket of theirs', () => {
  test.each(['0777', '0775', '1777'])('a folder of mode %s', async (mode) => {
    mkdirSync(folder);
    chmodSync(folder, Number.parseInt(mode, 8));
    await expect(start()).rejects.toThrow(`${folder} can be written to by others`);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('below such a folder, and through a link', async () => {
    mkdirSync(join(folder, 'own'), { recursive: true });
    chmodSync(folder, 0o777);
    await expect(start({ socket: join(folder, 'own') })).rejects.toThrow(
      `${folder} can be written to by others`,
    );
    const link = join(base, `link-${count}`);
    symlinkSync(join(folder, 'own'), link);
    await expect(start({ socket: link })).rejects.toThrow(`${folder} can be written to by others`);
    // There nobody can touch what is ours.
    chmodSync(folder, 0o1777);
    await start({ socket: join(folder, 'own') });
  });

  test.runIf(process.getuid?.() === 0)('a folder of theirs', async () => {
    mkdirSync(folder);
    chownSync(folder, 12_345, 12_345);
    await expect(start()).rejects.toThrow(`${folder} belongs to another user`);
  });

  test.each([
    ['@abstract', /no permissions/],
    [`/${'x'.repeat(107)}`, /longer than a socket’s path can be/],
    ['/tmp/.s.PGSQL.99999', /is no port/],
  ])('%s', async (place, problem) => {
    await expect(start({ socket: place })).rejects.toThrow(problem);
  });
});
