import type { Socket } from 'node:net';
import { AzurePgError, type Pooling } from '@azure-pg/core';
import { allowsNamedStatements, openForDriver, type SessionGuard } from '@azure-pg/core/adapter';
import { isPooled } from './cancel-by-number.ts';
import type { ClientState } from './client-state.ts';
import type { DriverClient } from './driver-client.ts';
import { heedServer } from './heed-server.ts';
import { refuseQueued } from './refuse-query.ts';
import { dropStaleNames, dropStatementNames } from './unnamed-statements.ts';

/**
 * Opens a client's connection and puts its socket where pg expects one that is about to connect. pg then sends its StartupMessage, reads
 * the server's greeting, and goes on by itself.
 *
 * @param start lets pg begin. It is called here, not after the promise: until then nothing else of the program may run, as `end()`.
 */
export async function openClient(client: DriverClient, state: ClientState, start: () => void): Promise<void> {
  const { connection, opening = new AbortController(), timeout, poolEnds } = state;
  const { signal } = opening;
  // pg's pool has a timer of its own for this, and destroys pg's socket, which here never connects.
  const giveUp = (): void => opening.abort(tooLong(timeout));
  const timer = timeout > 0 ? setTimeout(giveUp, timeout).unref() : undefined;
  try {
    if (state.problem !== undefined) throw state.problem;
    forwardErrors(client.connection, opening);
    const { user: _user, database: _database, ...startup } = client.getStartupConf();
    const opened = await openForDriver(connection, { signal, noRetry: poolEnds, startup });
    const { socket, user, database, password, host, pooling, guard, server } = opened;
    if (signal.aborted) socket.destroy();
    signal.throwIfAborted();
    client.user = client.connectionParameters.user = user;
    client.database = client.connectionParameters.database = database;
    Object.assign(client, { host: host.host, port: host.port });
    if (connection.auth === 'password') client.password = password ?? null;
    obeyPooler(client, state, pooling, guard);
    heedServer(client, state, server);
    client.connection.stream = readyToConnect(socket);
    client.connection.ssl = false;
    skipTls(client);
    state.opened = true;
    state.opening = undefined;
    start();
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    clearTimeout(timer);
  }
}

/** pg asks for TLS if the client shows any. That is done already, so it starts without. */
function skipTls(client: DriverClient): void {
  client.connection.requestSsl = () => client.connection.startup(client.getStartupConf());
}

/** What a pooler cannot keep is not sent to it, and what breaks there is handled. */
export function obeyPooler(
  client: DriverClient,
  state: ClientState,
  pooling: Pooling,
  guard: SessionGuard | undefined,
): void {
  if (!allowsNamedStatements(pooling)) dropStatementNames(client);
  else if (pooling.maxPreparedStatements > 0) dropStaleNames(client);
  if (pooling.poolMode !== 'none') isPooled(client);
  const lookedAlready = state.guard !== undefined;
  state.guard = guard;
  if (guard !== undefined && !lookedAlready) refuseQueued(client, guard);
  client.connection.on('readyForQuery', (message?: { status?: string }) => {
    // Programs emit it as well, to let a client go on.
    if (message === undefined) return;
    state.inTransaction = message.status !== 'I';
    if (!state.inTransaction && state.readOnly === 'transaction') state.readOnly = undefined;
  });
}

/** Code that took pg's own socket while it was connecting and makes it fail means the one that is used. */
function forwardErrors(connection: DriverClient['connection'], opening: AbortController): void {
  const taken = connection.stream;
  taken.on('error', (error) => {
    taken.destroy();
    opening.abort(error);
    if (connection.stream !== taken) connection.stream.destroy(error);
  });
}

/** A connected socket on which pg may call `connect()`, which it does once. */
function readyToConnect(socket: Socket): Socket {
  const native = socket.connect;
  const connect = (): Socket => {
    // Put back, not deleted: that would make the socket a slow object for V8.
    socket.connect = native;
    process.nextTick(() => socket.emit('connect'));
    return socket;
  };
  return Object.defineProperty(socket, 'connect', { value: connect, configurable: true, writable: true });
}

function tooLong(milliseconds: number): AzurePgError {
  // pg's words first: programs look for them.
  const message = `timeout expired: connecting took longer than ${milliseconds} ms (connectionTimeoutMillis)`;
  return new AzurePgError('CONNECT_TIMEOUT', message, {
    hint: 'Give it more time with connectionTimeoutMillis. If nothing answers at all, it is usually a firewall.',
  });
}
