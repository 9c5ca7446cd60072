import type { AzureConnection } from '../connection/connection.ts';
import { tlsAttempts } from '../tls/attempts.ts';
import { fallsBack } from '../tls/next-attempt.ts';
import { openTransport, type Transport } from '../tls/open-transport.ts';
import { ConnectDeadline, stages } from './connect-deadline.ts';
import { tryHosts, unresponsive } from './try-hosts.ts';

/**
 * A verified transport on which nobody has signed in, to the first host that answers: to look at a server's TLS, or to ask it something that
 * needs no session. Close it with `socket.destroy()`.
 */
export async function reachServer(
  connection: AzureConnection,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Transport> {
  const deadline = new ConnectDeadline(connection.connectTimeout, options.signal);
  try {
    return await tryHosts(connection, deadline, async ({ target, among }) => {
      deadline.stage = stages.reaching(target.host.host, target.host.port);
      const errors: unknown[] = [];
      for (const attempt of tlsAttempts(connection.tls, target.address === undefined)) {
        try {
          return await deadline.within(
            deadline.share(among, 'reaching'),
            () => unresponsive(target),
            (signal) => openTransport(connection, target, attempt, signal),
          );
        } catch (error) {
          errors.push(error);
          if (!fallsBack(error)) throw error;
        }
      }
      throw errors[0];
    });
  } finally {
    deadline.done();
  }
}
