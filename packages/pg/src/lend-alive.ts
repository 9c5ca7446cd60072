import type pg from 'pg';
import type { ClientState } from './client-state.ts';
import type { DriverClient } from './driver-client.ts';
import { clientState } from './own-classes.ts';

/** Milliseconds: a connection that was idle for longer is asked before it is lent; an answer later than this counts as none. */
const idleAllowed = 1000;
const answerExpected = 5000;

type IdleListener = (error: Error) => void;

/** What of pg-pool is used here; its types leave it out. */
interface Lender {
  readonly _clients: readonly object[];
  readonly _idle: readonly { readonly client: object }[];
  readonly _pendingQueue: object[];
  _acquireClient(client: DriverClient, waiting: object, idleListener: IdleListener, isNew: boolean): void;
  _pulseQueue(): void;
  _remove(client: object): void;
}

/**
 * Lets a pool lend no connection that is known to be useless: one that leads to a server which has changed (a failover's old primary), or one that broke
 * without a word while it was idle (a load balancer that forgot it, a machine that is gone). The kernel would find out about the latter after a quarter of an hour. So a
 * connection that was idle for a second is asked with a Sync message, which costs one round trip; a busy pool asks nothing.
 */
export function lendAlive(pool: pg.Pool): void {
  const lender = pool as unknown as Lender;
  const acquire = lender._acquireClient;
  lender._acquireClient = (client, waiting, idleListener, isNew) => {
    const state = isNew ? undefined : clientState(client);
    if (
      state === undefined ||
      isSurelyAlive(state, performance.now() - state.idleSince) ||
      // pg-pool takes one out of turn to end it: its lifetime is over.
      lender._idle.some((resting) => resting.client === client)
    )
      return acquire.call(lender, client, waiting, idleListener, isNew);
    const lend = (): void => acquire.call(lender, client, waiting, idleListener, isNew);
    const replace = (): void => {
      remove(client, idleListener);
      lender._pendingQueue.unshift(waiting);
      lender._pulseQueue();
    };
    whetherAlive(client, state, (alive) => (alive ? lend() : replace()));
  };

  function remove(client: DriverClient, idleListener: IdleListener): void {
    if (!lender._clients.includes(client)) return;
    client.off('error', idleListener).on('error', () => {});
    lender._remove(client);
    closeSilent(client);
  }
}

/**
 * Whether a connection of ours may be lent by a pool that is not pg's: it leads to the server that it led to, and if it was idle for more than a second, the
 * server has just answered a Sync message. One that has not is closed.
 *
 * @param idle for how many milliseconds nobody had it.
 */
export function mayLend(client: pg.ClientBase, idle: number): Promise<boolean> {
  const given = client as unknown as DriverClient;
  const state = clientState(given);
  return new Promise((resolve) => {
    if (state === undefined || isSurelyAlive(state, idle)) return resolve(true);
    whetherAlive(given, state, (alive) => {
      if (!alive) closeSilent(given.on('error', () => {}) as DriverClient);
      resolve(alive);
    });
  });
}

/** Whether the server need not be asked. */
const isSurelyAlive = ({ server }: ClientState, idle: number): boolean =>
  server === undefined || (!server.outdated && idle < idleAllowed);

function whetherAlive(client: DriverClient, state: ClientState, done: (alive: boolean) => void): void {
  if (state.server?.outdated) done(false);
  else asked(client, state, done);
}

/** The goodbye of one that did not answer would wait for a silent server, too. */
function closeSilent(client: DriverClient): void {
  if (!client.readyForQuery) client.connection.stream.destroy();
}

/** Whether the server answers. */
function asked(client: DriverClient, { server }: ClientState, done: (alive: boolean) => void): void {
  const { connection } = client;
  const finish = (alive: boolean): void => {
    clearTimeout(timer);
    connection.off('readyForQuery', answered);
    client.off('end', ended);
    done(alive);
  };
  // An error that nobody asked for comes with an answer, too, and ends the client.
  const answered = (): void => finish(client._queryable);
  const ended = (): void => finish(false);
  const timer = setTimeout(() => {
    server?.silent();
    finish(false);
  }, answerExpected);
  // After pg's own listener: the client then knows that the server is ready.
  connection.on('readyForQuery', answered);
  client.on('end', ended);
  client.readyForQuery = false;
  connection.sync();
}
