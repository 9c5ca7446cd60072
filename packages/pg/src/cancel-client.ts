import { type EventEmitter, once } from 'node:events';
import type { Socket } from 'node:net';
import { cancelQuery } from '@azure-pg/core';

/** What pg answers to such a query, without its rows. */
interface CancelResult {
  readonly command: string;
  readonly rowCount: number;
  readonly rows: never[];
}

/** What is used of a client by those who open one to stop a query. */
export interface CancelClient {
  /** Resolves at once: nothing is opened. */
  connect(): Promise<CancelClient>;
  /** Runs `select pg_cancel_backend(…)` and `pg_terminate_backend` alone. */
  query(text: string): Promise<CancelResult>;
  /** Does nothing. */
  end(): void;
}

/** What is used of pg's pool and its clients. */
interface PoolOfClients extends EventEmitter {
  readonly _clients: readonly (EventEmitter & {
    readonly processID: number;
    readonly connection: { readonly stream: Socket };
  })[];
}

const order = /^select pg_(cancel|terminate)_backend\((\d+)\)$/i;

/**
 * A class for programs that stop a pool's query by opening a client and running `select pg_cancel_backend(client.processID)` on it, as
 * Kysely does. Behind PgBouncer that number is the pooler's own and means nothing to the server, or means somebody else. This replaces
 * such a client and sends the protocol's CancelRequest, which every pooler passes on; to end a session (`pg_terminate_backend`) it also
 * closes the connection. It takes no other query.
 *
 * @param pool one of ours, or one made with `poolConfig`.
 */
export function cancelClient(pool: object): new () => CancelClient {
  return class implements CancelClient {
    async connect(): Promise<CancelClient> {
      return this;
    }

    async query(text: string): Promise<CancelResult> {
      const [, verb, id] = order.exec(text) ?? [];
      if (id === undefined)
        throw new TypeError('This client only runs pg_cancel_backend and pg_terminate_backend');
      const { _clients: clients } = pool as PoolOfClients;
      const client = clients.find(({ processID }) => processID === Number(id));
      if (client !== undefined) {
        const { stream } = client.connection;
        await cancelQuery(stream);
        // It was requested: nobody needs to be warned.
        if (verb === 'terminate' && (pool as PoolOfClients).listenerCount('error') === 0) {
          client.once('error', () => {});
        }
        // Until it has closed, pg's pool would lend it again.
        if (verb === 'terminate' && !stream.closed) await once(stream.destroy(), 'close');
      }
      return { command: 'SELECT', rowCount: 0, rows: [] };
    }

    end(): void {}
  };
}
