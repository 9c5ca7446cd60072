import { once } from 'node:events';
import { type AddressInfo, createServer, Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openConnection, resolveConnection } from '../../src/index.ts';
import { canTuneKeepalive } from '../../src/settings/resolve/unsupported-settings.ts';

afterEach(() => void vi.restoreAllMocks());

describe('keepalive probes', () => {
  // Node.js can set these options of a socket and not read them back, so what it was told is looked at.
  it.runIf(canTuneKeepalive)('keepalives_interval and keepalives_count reach the socket', async () => {
    const server = createServer((socket) => socket.on('error', () => {}).destroy()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const told = vi.spyOn(Socket.prototype, 'setKeepAlive');
    const connection = resolveConnection(
      `host=127.0.0.1 port=${port} user=u sslmode=disable keepalives_idle=7 keepalives_interval=3 keepalives_count=4`,
      {},
      {},
    );
    await expect(openConnection(connection)).rejects.toThrow();
    server.close();
    await once(server, 'close');
    expect(told).toHaveBeenCalledWith(true, 7000, 3000, 4);
  });
});
