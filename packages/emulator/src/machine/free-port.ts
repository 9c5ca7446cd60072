import { randomInt } from 'node:crypto';
import { connect, createServer, type Server } from 'node:net';

const taken = new Set<number>();

/**
 * A port on 127.0.0.1 that nothing listens on. It lies below the ranges that Linux and macOS give to outgoing connections, so that a
 * server that is stopped can take the same port again.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = randomInt(15_000, 32_000);
    if (taken.has(port)) continue;
    const server = createServer();
    const free = await listen(server, port).then(
      () => true,
      () => false,
    );
    if (!free) continue;
    await new Promise((resolve) => server.close(resolve));
    taken.add(port);
    return port;
  }
  throw new Error('No free port was found on 127.0.0.1.');
}

/** Where the emulator's servers listen: for this machine alone, or for all that reach it. */
export type ListenAddress = '127.0.0.1' | '0.0.0.0';

/** Lets a server listen; rejects when the port is in use. */
export function listen(server: Server, port: number, host: ListenAddress = '127.0.0.1'): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: 4096 }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Whether something accepts connections at a port of 127.0.0.1 or at a Unix socket. */
export function accepts(target: { port: number; host: string } | { path: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(target);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
