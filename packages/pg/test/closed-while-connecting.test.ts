import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { AzurePgError, isRetryable } from '@azure-pg/core';
import { Client } from '@azure-pg/pg';
import pg from 'pg';
import { afterEach, describe, expect, it } from 'vitest';

let server: Server;
afterEach(() => server.close());

/** A server that answers the first message with these bytes and closes the connection. */
async function closesAfter(answer: string): Promise<number> {
  server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(Buffer.from(answer, 'latin1')));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

const failure = (client: pg.Client): Promise<Error> =>
  client.connect().then(
    () => Promise.reject(new Error('connected')),
    (error: Error) => error,
  );

describe('a server that closes the connection before the sign-in is done', () => {
  it.each<[when: string, sslmode: string, answer: string]>([
    ['at the SSLRequest', 'require', ''],
    ['at the SSLRequest, when plaintext would do', 'prefer', ''],
    ['at the StartupMessage', 'disable', ''],
    ['after AuthenticationCleartextPassword', 'disable', 'R\0\0\0\x08\0\0\0\x03'],
    ['after AuthenticationOk', 'disable', 'R\0\0\0\x08\0\0\0\0'],
  ])('%s: pg’s words, a code, a hint and the explanation', async (_, sslmode, answer) => {
    const config = {
      host: '127.0.0.1',
      port: await closesAfter(answer),
      user: 'app',
      password: 'canary',
      database: 'app',
    };
    const error = await failure(new Client({ ...config, sslmode, auth: 'password' } as pg.ClientConfig));
    const bare = await failure(new pg.Client({ ...config, ssl: sslmode === 'require' }));
    expect(error.message).toBe(bare.message);
    expect(error).toMatchObject({
      code: 'CONNECTION_CLOSED',
      hint: expect.stringMatching(/\w/),
      azureHint: expect.stringMatching(/^The connection was closed before the sign-in finished, by 127/),
      cause: expect.any(AzurePgError),
    });
    expect(isRetryable(error)).toBe(isRetryable(error.cause));
  });
});
