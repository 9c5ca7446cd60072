import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { unshowable } from '@azure-pg/core/tooling';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Behaviour, HostileServer, type Peer } from '../../core/test/hostile-server.ts';
import { startProxy } from '../src/index.ts';
import { type Ran, runCli } from './run-cli.ts';

/** What a terminal obeys, and what makes it show another text than there is. */
const tricks = [
  '\u001b[31m',
  '\u001b]0;owned\u0007',
  '\u009b2J',
  '\r',
  '\n',
  '\u0085',
  '\u2028',
  '\u2029',
  '\u202e',
  '\u2066',
  '\u200b',
  '\ufeff',
  '\u061c',
].join('mark');
const password = 'pw-Canary/0123456789';
/** Quoted in a way in which it could be read again. */
const echo = Buffer.from(`ada:${password}`).toString('base64');
const hostile = `${tricks} ${echo}`;

const fields = (code: string): string =>
  `${['SFATAL', `C${code}`, `M${hostile}`, `D${hostile}`, `H${hostile}`, `F${hostile}`].join('\0')}\0\0`;
const row = (...values: string[]): Buffer => {
  const count = Buffer.alloc(2);
  count.writeUInt16BE(values.length);
  const parts = values.map((value) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(Buffer.byteLength(value));
    return Buffer.concat([length, Buffer.from(value)]);
  });
  return Buffer.concat([count, ...parts]);
};

async function signIn(peer: Peer): Promise<void> {
  await peer.startup();
  peer.send('R', 3);
  await peer.message();
}
const servers: Readonly<Record<string, Behaviour>> = {
  'refuses the sign-in': async (peer) => {
    await signIn(peer);
    peer.send('E', fields('28P01'));
  },
  'refuses in words that nobody knows': async (peer) => {
    await signIn(peer);
    peer.send('E', fields(hostile));
  },
  'answers questions': async (peer) => {
    await signIn(peer);
    peer.send('R', 0);
    peer.send('S', `server_version\0${hostile}\0`);
    peer.send('Z', 'I');
    for (;;) {
      await peer.message();
      peer.send('D', row(...Array.from({ length: 8 }, () => hostile)));
      peer.send('C', `SELECT 1${hostile}\0`);
      peer.send('Z', 'I');
    }
  },
  'refuses questions': async (peer) => {
    await signIn(peer);
    peer.send('R', 0);
    peer.send('Z', 'I');
    await peer.message();
    peer.send('E', fields('42501'));
    peer.send('Z', 'I');
  },
};

let identity: ReturnType<typeof createServer>;
let identityEnv: Record<string, string>;
beforeAll(async () => {
  identity = createServer((_, response) => {
    response.writeHead(400, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: 'invalid_request', error_description: hostile, message: hostile }));
  });
  identity.listen(0, '127.0.0.1');
  await once(identity, 'listening');
  const { port } = identity.address() as AddressInfo;
  identityEnv = {
    IDENTITY_ENDPOINT: `http://127.0.0.1:${port}/msi/token`,
    IDENTITY_HEADER: 'x',
    AZURE_TOKEN_CREDENTIALS: 'ManagedIdentityCredential',
  };
});
afterAll(() => {
  identity.closeAllConnections();
  identity.close();
});

const urlOf = (server: HostileServer): string =>
  `postgresql://ada:${encodeURIComponent(password)}@127.0.0.1:${server.port}/app?sslmode=disable&connect_timeout=5`;

/** The command breaks lines itself. */
function expectHarmless(text: string): void {
  expect(text.replaceAll('\n', '').match(unshowable)).toBeNull();
}

const printed = ({ stdout, stderr }: Ran): string => stdout + stderr;

describe.each(Object.entries(servers))('a server that %s', (_, behaviour) => {
  it.concurrent.each(['doctor', 'doctor --json', 'role list --url'])(
    'does nothing to the terminal of azure-pg %s',
    async (command) => {
      await using server = await HostileServer.start(behaviour);
      const ran = await runCli([...command.split(' '), urlOf(server)]);
      expect(ran.code).not.toBe(2);
      expectHarmless(printed(ran));
      expect(printed(ran)).not.toContain(echo.slice(8, 16));
    },
  );
});

it.each(['refuses the sign-in', 'refuses in words that nobody knows'])(
  'a server that %s reaches a client of azure-pg proxy in plain words',
  async (name) => {
    await using server = await HostileServer.start(servers[name] as Behaviour);
    const refusals: string[] = [];
    const proxy = await startProxy({
      url: urlOf(server),
      env: {},
      port: 0,
      onRefusal: (text) => refusals.push(text),
    });
    try {
      const client = new pg.Client({ host: proxy.host, port: proxy.port, user: 'x', database: 'app' });
      client.on('error', () => {});
      const error: unknown = await client.connect().catch((reason: unknown) => reason);
      const { message, detail, hint, code } = error as pg.DatabaseError;
      expect(message).toMatch(/mark/);
      for (const text of [message, detail, hint, code, ...refusals])
        expect(text?.match(unshowable) ?? null).toBeNull();
      expect(JSON.stringify([message, detail, hint, code, refusals])).not.toContain(echo.slice(8, 16));
    } finally {
      await proxy.stop();
    }
  },
);

it.concurrent.each(['token URL', 'url URL', 'doctor URL', 'exec --url URL -- true'])(
  'an identity endpoint does nothing to the terminal of azure-pg %s',
  async (command) => {
    const url = 'postgresql://ada@127.0.0.1:1/app?auth=entra';
    const args = command.split(' ').map((word) => (word === 'URL' ? url : word));
    const ran = await runCli(args, { env: identityEnv });
    expect(ran.code).toBe(1);
    expectHarmless(printed(ran));
  },
);
