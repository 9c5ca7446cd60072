import { createServer } from 'node:http';
import type { Emulator, FailoverOptions } from './emulator.ts';
import { sendJson } from './entra/token-requests.ts';
import { freePort, type ListenAddress, listen } from './machine/free-port.ts';

/** Where programs in any language ask for a failover. */
export interface FailoverServer {
  /** `http://127.0.0.1:PORT/failover`. */
  readonly url: string;
  close(): void;
}

/**
 * `POST /failover?kind=forced&downtime=60000`: answers with what `Emulator.failover` gives, as JSON, when it is over; with 400 and `error` where
 * the question is wrong, 409 where it cannot be now. `port`: any free one where it is not given.
 */
export async function failoverServer(
  emulator: Emulator,
  {
    port,
    listen: address,
  }: { readonly port?: number | undefined; readonly listen?: ListenAddress | undefined } = {},
): Promise<FailoverServer> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    if (pathname !== '/failover') return sendJson(response, 404, { error: `There is no ${pathname}.` });
    if (request.method !== 'POST') return sendJson(response, 405, { error: 'Only POST fails over.' });
    // Browsers say so on every POST: no web page may do this.
    if (request.headers.origin !== undefined) return sendJson(response, 403, { error: 'Not for web pages.' });
    const options: FailoverOptions = {
      kind: searchParams.get('kind') as FailoverOptions['kind'],
      downtime: Number(searchParams.get('downtime') ?? 0),
    };
    emulator.failover(options).then(
      (failover) => sendJson(response, 200, failover),
      (error: Error & { code?: string }) => {
        const status = { INVALID_OPTION: 400, NOT_RUNNING: 409 }[error.code ?? ''] ?? 500;
        sendJson(response, status, { error: error.message });
      },
    );
  });
  const chosen = port ?? (await freePort());
  await listen(server, chosen, address);
  return {
    url: `http://127.0.0.1:${chosen}/failover`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
