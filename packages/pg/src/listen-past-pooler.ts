import { sessionConnection } from '@azure-pg/core';
import { warnOnce } from '@azure-pg/core/adapter';
import type { ClientState } from './client-state.ts';
import { type DriverClient, queuedQueries, runningQuery } from './driver-client.ts';
import { carryConnection } from './read-config.ts';
import { transactionAfter } from './refuse-query.ts';

/** A text of nothing but LISTEN and UNLISTEN: pg-listen sends one, graphile-worker several. */
const onlyListens = /^\s*(?:(?:un)?listen\s+(?:\*|[\w$\u0080-\uffff]+|"(?:[^"]|"")+")\s*(?:;\s*|$))+$/i;

/**
 * Whether a client's query is to go where its notifications are: to the server itself, past a pooler that would let none through. Not from inside a
 * transaction, at whose end it would count.
 */
export function goesPastPooler(client: DriverClient, state: ClientState, text: string): boolean {
  // Anything else is what the program itself wants: refused by the guard, or sent to the pooler.
  if (state.connection.sessionFeatures !== 'warn' || !onlyListens.test(text)) return false;
  if (state.listener === undefined && !/\blisten\b/i.test(text)) return false;
  const before = [runningQuery(client), ...queuedQueries(client)].map((query) => query?.text ?? '');
  return !transactionAfter(before, state.inTransaction);
}

/**
 * The client that listens for another one: connected to the server itself, it hands on notifications, and lives as long as the other one is its caller's.
 * When its connection breaks, the other one's does as well: a program that listens learns of it there.
 *
 * @param open makes a client.
 * @throws AzurePgError `POOLER_UNSUPPORTED` where nothing says where the server itself is.
 */
export function listenerOf(
  client: DriverClient,
  state: ClientState,
  open: (config: object) => DriverClient,
): DriverClient {
  if (state.listener !== undefined) return state.listener;
  const config = {};
  carryConnection(config, sessionConnection(state.connection, 'LISTEN'), true);
  const listener = open(config);
  state.listener = listener;
  listener.on('notification', (message) => client.emit('notification', message));
  listener.on('error', (error) => {
    if (state.listener === listener) client.connection.stream.destroy(error);
  });
  if (!state.hasListened) client.once('end', () => stopListening(state));
  state.hasListened = true;
  listener.connect((error) => {
    // Its queries have failed. The next LISTEN tries again.
    if (error && state.listener === listener) state.listener = undefined;
  });
  return listener;
}

/** Ends what {@link listenerOf} opened. */
export function stopListening(state: ClientState): void {
  const { listener } = state;
  if (listener === undefined) return;
  state.listener = undefined;
  listener.removeAllListeners('notification').end(() => {});
}

/** The same, when a client is given back to its pool: nobody is there to listen any longer. */
export function stopListeningInPool(state: ClientState): void {
  if (state.listener === undefined) return;
  stopListening(state);
  warnOnce(
    state.connection.logger,
    'A listening client was given back',
    'A client that listens was given back to its pool, and listens no longer. Keep it, or make a Client of its own, for as long as you listen.',
  );
}
