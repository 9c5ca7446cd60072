import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { Client } from '@azure-pg/pg';
import pg from 'pg';
import { describe, expect, it } from 'vitest';

/** What a client's user sees while it connects and after, in order. */
async function seen(Kind: new (config: pg.ClientConfig) => pg.Client, port: number): Promise<string[]> {
  const told: string[] = [];
  const say = (what: string, error?: Error | null): void => {
    told.push(error ? `${what}: ${error.message}` : what);
  };
  const client = new Kind({ host: '127.0.0.1', port, user: 'u', database: 'd', password: 'p', ssl: false });
  client.on('error', (error) => say('error', error));
  client.on('connect', () => say('connect'));
  client.on('notice', () => say('notice'));
  const ended = new Promise((resolve) => client.once('end', resolve));
  client.connect((error: Error | null) => say('callback', error));
  await ended;
  return [...told, 'end'];
}

/** A server without passwords that says these bytes to every StartupMessage, and hangs up. */
async function server(words: Buffer): Promise<AsyncDisposable & { port: number }> {
  const listening = createServer((socket: Socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(words));
  });
  listening.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  return {
    port: (listening.address() as AddressInfo).port,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => listening.close(() => resolve())),
  };
}

function message(type: string, ...parts: (string | number)[]): Buffer {
  const body = Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'string') return Buffer.from(part);
      const bytes = Buffer.alloc(4);
      bytes.writeInt32BE(part);
      return bytes;
    }),
  );
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

const greeting = Buffer.concat([message('R', 0), message('K', 7, 9), message('Z', 'I')]);
const fatal = message('E', 'SFATAL\0VFATAL\0C57P01\0Mshutting down\0\0');
const notice = message('N', 'SNOTICE\0VNOTICE\0C00000\0Mhello\0\0');

describe('a client tells what it told with pg, and in that order', () => {
  it.each([
    ['the server shuts down just after it let us in', [greeting, fatal]],
    ['the server hangs up just after it let us in', [greeting]],
    ['a notice comes right behind the greeting', [greeting, notice]],
  ])('%s', async (_, words) => {
    await using hasty = await server(Buffer.concat(words));
    const told = await seen(Client, hasty.port);
    expect(told).toEqual(await seen(pg.Client, hasty.port));
    expect(told.slice(0, 2)).toEqual(['callback', 'connect']);
  });
});

it('a connect that fails is told before the queries that waited for it', async () => {
  const order = async (Kind: new (config: pg.ClientConfig) => pg.Client): Promise<string[]> => {
    const told: string[] = [];
    const client = new Kind({ host: '127.0.0.1', port: 1, user: 'u', password: 'p', ssl: false });
    const ended = once(client, 'end');
    client.connect(() => told.push('connect'));
    client.query('SELECT 1', () => told.push('query'));
    await ended;
    return [...told, 'end'];
  };
  expect(await order(Client)).toEqual(await order(pg.Client));
});

describe('what programs look for in an error of connecting', () => {
  it('the words, where it takes longer than connectionTimeoutMillis', async () => {
    const silent = createServer(() => {}).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    const { port } = silent.address() as AddressInfo;
    const failure = async (Kind: new (config: pg.ClientConfig) => pg.Client): Promise<string> => {
      const config = { host: '127.0.0.1', port, user: 'u', password: 'p', connectionTimeoutMillis: 50 };
      const client = new Kind(config);
      client.on('error', () => {});
      return client.connect().then(
        () => 'connected',
        ({ message }: Error) => message,
      );
    };
    const bare = await failure(pg.Client);
    expect(bare).toMatch(/^timeout expired/);
    expect((await failure(Client)).slice(0, bare.length)).toBe(bare);
    silent.close();
  });
});
