import { once } from 'node:events';
import type { Socket } from 'node:net';
import { cancelQuery } from '@azure-pg/core';

/** What Kysely uses of it. Kysely 0.28 neither cancels nor has a name for this. */
interface ControlClient {
  connect(): Promise<ControlClient>;
  query(text: string): Promise<never>;
  end(): void;
}

/** What is used of pg's pool and clients; Kysely uses `processID`, too. */
interface PoolOfClients {
  readonly _clients: readonly {
    readonly processID: number;
    readonly connection: { readonly stream: Socket };
  }[];
}

const order = /^select pg_(cancel|terminate)_backend\((\d+)\)$/;

/**
 * Kysely stops a query by opening a client and running `pg_cancel_backend(pid)` on it. Behind PgBouncer that number is the pooler's own
 * and means nothing to the server, or means somebody else. This stands in for such a client and sends the protocol's CancelRequest, which
 * every pooler passes on; to end a session it also breaks the connection off.
 */
export function cancelClient(pool: object): new () => ControlClient {
  return class implements ControlClient {
    async connect(): Promise<ControlClient> {
      return this;
    }

    async query(text: string): Promise<never> {
      const [, verb, id] = order.exec(text) ?? [];
      const client = (pool as PoolOfClients)._clients.find(({ processID }) => processID === Number(id));
      if (client !== undefined) {
        const { stream } = client.connection;
        await cancelQuery(stream);
        // Until it has closed, pg's pool would lend it again.
        if (verb === 'terminate' && !stream.closed) await once(stream.destroy(), 'close');
      }
      return { command: 'SELECT', rowCount: 0, rows: [] } as never;
    }

    end(): void {}
  };
}
