import { type ClientModule, forOne } from '../client-module.ts';

/** What of a Sequelize is used here; its types leave it out. */
interface Connecting {
  readonly connectionManager: { lib: ClientModule; close(): Promise<void> };
}

const known = new WeakSet<object>();

/**
 * A `beforeConnect` hook: lets `close()` give up connections that are being made. Sequelize waits until they are there, or until nobody can be
 * waiting any longer: half a minute, where the server is down.
 */
export function stopConnectingOnClose(this: unknown): void {
  const { connectionManager: manager } = this as Connecting;
  if (known.has(manager)) return;
  known.add(manager);
  const ending = new AbortController();
  manager.lib = manager.lib[forOne](ending);
  const { close } = manager;
  manager.close = () => {
    ending.abort();
    return close.call(manager);
  };
}
