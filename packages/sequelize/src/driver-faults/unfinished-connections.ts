import { type ClientModule, forOne } from '../client-module.ts';

/** What of a Sequelize is used here; its types leave it out. */
interface Connecting {
  readonly connectionManager: {
    lib: ClientModule;
    close(): Promise<void>;
    connect(config: unknown): Promise<unknown>;
  };
}

const known = new WeakSet<object>();

/**
 * A `beforeConnect` hook: looks after connections that are being made, which Sequelize does not.
 *
 * - After `close()` nobody tries again to connect to a server that is down. Sequelize waits for that: half a minute.
 * - One whose first statement (`SET TIME ZONE`) fails is closed. Sequelize forgets it, one for each attempt, and the server keeps them all.
 */
export function endUnfinishedConnections(this: unknown): void {
  const { connectionManager: manager } = this as Connecting;
  if (known.has(manager)) return;
  known.add(manager);
  const { close, connect } = manager;
  const ending = new AbortController();
  let latest: { end(): Promise<void> } | undefined;
  const made = (client: typeof latest): void => {
    latest = client;
  };
  manager.lib = manager.lib[forOne]({ ending, made });
  manager.close = () => {
    ending.abort();
    return close.call(manager);
  };
  manager.connect = async (config) => {
    const connected = connect.call(manager, config);
    // It is made at once, before anything else runs.
    const client = latest;
    try {
      return await connected;
    } catch (error) {
      client?.end().catch(() => {});
      throw error;
    }
  };
}
