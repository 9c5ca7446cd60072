import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A TCP proxy that counts: what a leaked socket looks like from the server's side. */
export interface CountingProxy extends AsyncDisposable {
  readonly port: number;
  /** Connections taken so far, and those of them that are open. */
  readonly taken: number;
  readonly open: number;
  /** The code in the first message of each connection: 80877103 asks for TLS, 80877102 cancels. */
  readonly codes: readonly number[];
}

/** Forwards to a port of this machine; without one it takes connections and says nothing. */
export async function countingProxy(port?: number): Promise<CountingProxy> {
  const sockets = new Set<Socket>();
  const codes: number[] = [];
  let taken = 0;
  const server = createServer((client) => {
    taken++;
    client.once('data', (data) => codes.push(data.length < 8 ? 0 : data.readUInt32BE(4)));
    const backend = port === undefined ? undefined : connect(port, '127.0.0.1');
    for (const socket of backend === undefined ? [client] : [client, backend]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        backend?.destroy();
      });
    }
    if (backend === undefined) client.resume();
    else client.pipe(backend).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    codes,
    get taken() {
      return taken;
    },
    get open() {
      return port === undefined ? sockets.size : sockets.size / 2;
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
