import type { Socket } from 'node:net';
import { AzurePgError } from '@azure-pg/core';
import { isCancelRequest } from './failed-socket.ts';

const readyForQuery = 0x5a;
const errorResponse = 0x45;

// CommandComplete "SELECT 0" and ReadyForQuery: no array types.
const ready = Buffer.from([readyForQuery, 0, 0, 0, 5, 0x49]);
const noTypes = Buffer.concat([Buffer.from('C\0\0\0\x0dSELECT 0\0', 'latin1'), ready]);

/**
 * Stands by while postgres.js starts on a signed-in socket: until it has its greeting and, with `fetch_types`, the answer to its question
 * for the array types. The driver is not prepared for a failure then. A close (PgBouncer does that while the server behind it is down)
 * makes it connect again in a tight loop, and the waiting query never hears of it; an error is an unhandled rejection, which ends the process.
 *
 * A close without a greeting is made an error. The answer with the types is kept back until it is whole; where it fails the driver is told
 * that there are none, and the failure meets the user's query, which is next. A cancel request that fails is let go: the driver would
 * leave that rejection unhandled, too.
 */
export function watchStartup(socket: Socket, fetchTypes: boolean): void {
  let greeted = false;
  let answer: Buffer = Buffer.alloc(0);
  let read = 0;
  let refusal: Buffer | undefined;
  let answered = false;

  const { write, unshift, push } = socket;
  socket.write = (...given: [chunk: never, encoding?: never, callback?: never]): boolean => {
    if (isCancelRequest(given[0])) {
      done();
      const { destroy } = socket;
      socket.destroy = () => destroy.call(socket);
    }
    socket.write = write;
    return socket.write(...given);
  };
  socket.unshift = (...given) => {
    greeted = true;
    if (fetchTypes) socket.unshift = unshift;
    else done();
    return unshift.apply(socket, given);
  };
  const keepBack = (chunk: Buffer | null): boolean => {
    if (chunk === null || !greeted) return push.call(socket, chunk);
    answer = answer.length === 0 ? chunk : Buffer.concat([answer, chunk]);
    while (answer.length > read + 4) {
      const end = read + 1 + answer.readUInt32BE(read + 1);
      if (answer.length < end) break;
      const type = answer[read];
      if (type === errorResponse) refusal = answer.subarray(read, end);
      read = end;
      if (type !== readyForQuery) continue;
      done();
      return push.call(
        socket,
        refusal === undefined ? answer : Buffer.concat([noTypes, answer.subarray(end)]),
      );
    }
    return true;
  };
  if (fetchTypes) socket.push = keepBack;
  const broken = (error: unknown): void => {
    done();
    answered = greeted;
    if (greeted)
      socket.emit('data', refusal === undefined ? noTypes : Buffer.concat([noTypes, refusal, ready]));
    else if (!(error instanceof Error)) {
      socket.emit(
        'error',
        new AzurePgError('CONNECTION_CLOSED', 'The server closed the connection after the sign-in'),
      );
    }
  };
  const done = (): void => {
    // Put back, not deleted: that would make the socket a slow object for V8.
    socket.push = push;
    socket.unshift = unshift;
    socket.off('error', broken);
    socket.off('close', broken);
  };
  // What the driver writes after such an answer must reach the socket, closed as it is: else it stays in the driver's buffer, and the slot never
  // connects again. A close without an error has it reject that query.
  const { on: own } = socket;
  const on = (event: string, listener: (...values: never[]) => void): Socket =>
    Reflect.apply(own, socket, [event, listener]) as Socket;
  socket.on = (event: string, listener: (...values: never[]) => void) => {
    if (event !== 'close') return on(event, listener);
    socket.on = own;
    return on(event, (hadError: boolean) => {
      const close = (error: boolean): unknown => Reflect.apply(listener, socket, [error]);
      if (answered) setImmediate(() => setImmediate(close, false));
      else close(hadError);
    });
  };
  // Before the driver's own listeners.
  on('error', broken);
  on('close', broken);
}
