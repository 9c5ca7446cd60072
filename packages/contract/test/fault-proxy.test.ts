import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { faultProxy } from '../src/index.ts';

/** A server that says everything back. */
let echo: Server;
let port: number;
const received: string[] = [];
beforeAll(async () => {
  echo = createServer((socket) => {
    socket
      .on('error', () => {})
      .on('data', (data) => {
        received.push(String(data));
        socket.write(data);
      });
  }).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  port = (echo.address() as AddressInfo).port;
});
afterAll(() => echo.close());

const connected = async (to: number): Promise<Socket> => {
  const socket = connect(to, '127.0.0.1').on('error', () => {});
  await once(socket, 'connect');
  return socket;
};
const echoed = async (socket: Socket, text: string): Promise<string> => {
  socket.write(text);
  return String((await once(socket, 'data'))[0]);
};

test('a proxy that refuses is refused by the system, keeps its connections, and accepts again at its port', async () => {
  await using proxy = await faultProxy(port);
  const before = await connected(proxy.port);
  expect(await echoed(before, 'a')).toBe('a');
  proxy.refuse();
  const [error] = await once(connect(proxy.port, '127.0.0.1'), 'error');
  expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  expect(await echoed(before, 'b')).toBe('b');
  await proxy.accept();
  expect(await echoed(await connected(proxy.port), 'c')).toBe('c');
});

test('what was silenced stays silent when others are released, until it is reset', async () => {
  await using proxy = await faultProxy(port);
  proxy.hold([0]);
  const before = await connected(proxy.port);
  const heard: string[] = [];
  before.on('data', (data) => heard.push(String(data)));
  before.write('early');
  await expect.poll(() => received).toContain('early');
  proxy.silence();
  const held = await connected(proxy.port);
  const answer = echoed(held, 'late');
  await expect.poll(() => received).toContain('late');
  proxy.release();
  expect(await answer).toBe('late');
  expect(heard).toEqual([]);
  // Not `once()`, which the ECONNRESET would reject.
  const closed = new Promise((resolve) => before.on('close', resolve));
  proxy.reset();
  await closed;
  expect(heard).toEqual([]);
});
