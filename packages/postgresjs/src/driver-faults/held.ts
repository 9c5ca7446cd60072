import type { DriverSocket } from './driver-socket.ts';
import type { Query } from './query.ts';

/** A connection that belongs to a transaction or a reservation, from when it is known until it is over. */
export class Held {
  socket: DriverSocket | undefined;
  /** Sent here and not answered. The driver forgets those that wait for a connection that is lost. */
  readonly pending: Set<Query> = new Set();
  /** Set when the connection is over. */
  lost: { readonly reason: unknown } | undefined;

  #onOver: ((reason: unknown) => void) | undefined;

  /** @param onOver called when the connection is over, after what waits for it was rejected. */
  hold(socket: DriverSocket, onOver?: (reason: unknown) => void): void {
    this.socket = socket;
    socket.scope = this;
    this.#onOver = (reason) => {
      this.lose(reason);
      onOver?.(reason);
    };
    if (socket.over) this.#onOver(socket.reason);
    else socket.once('over', this.#onOver);
  }

  lose(reason: unknown): void {
    this.lost = { reason };
    for (const query of [...this.pending]) query.reject(reason);
  }

  /** The connection belongs to all again. */
  release(): void {
    const { socket } = this;
    if (socket === undefined) return;
    if (this.#onOver !== undefined) socket.off('over', this.#onOver);
    if (socket.scope === this) socket.scope = undefined;
  }
}
