import type { DriverSocket } from './driver-socket.ts';
import { connectionClosed, generic } from './drivers-error.ts';
import type { Query } from './query.ts';

/** Milliseconds that a server has to answer the request to cancel; then its connection is closed. */
const patience = 5000;

/**
 * Cancels a query that takes too long: it is then rejected with what the server says to that, and what waits behind it goes on. A server that does not even answer
 * that is given up, and its connection with it. The time counts from when the server works on it, which is looked at four times in that time.
 *
 * @param socketOf where the query runs.
 * @returns what ends the waiting.
 */
export function limitTime(
  query: Query,
  milliseconds: number,
  socketOf: () => DriverSocket | undefined,
): () => void {
  if (milliseconds === 0) return () => {};
  let looks = 0;
  const look = (): void => {
    looks = query.active ? looks + 1 : 0;
    if (looks <= 4) {
      timer = setTimeout(look, milliseconds / 4);
      return;
    }
    query.cancel();
    timer = setTimeout(() => {
      const words = `The server answered neither within ${milliseconds} ms (query_timeout) nor the request to cancel`;
      const late = generic('QUERY_TIMEOUT', words);
      const socket = socketOf();
      query.reject(late);
      // What waits behind it has not taken too long.
      if (socket !== undefined) socket.die(Object.assign(connectionClosed(socket), { cause: late }));
    }, patience);
  };
  let timer = setTimeout(look, milliseconds / 4);
  return () => clearTimeout(timer);
}
