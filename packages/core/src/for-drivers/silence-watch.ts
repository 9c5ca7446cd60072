import type { Socket } from 'node:net';
import { AzurePgError } from '../errors/azure-pg-error.ts';
import { askForWork, type Place } from './ask-for-work.ts';

/** How many times in a row the server must not be there, or not run what it was asked, before a connection is given up. */
const asksBeforeDead = 3;
/** Milliseconds between two looks at all connections. */
const interval = 250;

/** A connection on which a query may wait for an answer that never comes. */
export interface WatchedConnection extends Place {
  readonly socket: Socket;
  /** Of the server's process; undefined where a pooler stands between, which knows no such thing. */
  readonly processId: number | undefined;
  /** Whether the driver waits for the server. */
  isWaiting(): boolean;
  /** It is given up: the others will not be better. */
  onDead(): void;
}

class Watch {
  readonly watched: WatchedConnection;
  asking = false;
  #bytes = 0;
  #since = performance.now();
  #missing = 0;

  constructor(watched: WatchedConnection) {
    this.watched = watched;
  }

  /** Milliseconds without a byte that the driver waits for. */
  get silence(): number {
    const { socket, isWaiting } = this.watched;
    if (socket.bytesRead !== this.#bytes || !isWaiting()) this.#heard();
    return performance.now() - this.#since;
  }

  /** The first time after the whole silence, then after half of it each. */
  get isDue(): boolean {
    const { silenceCheckAfter } = this.watched.connection;
    return !this.asking && this.silence >= silenceCheckAfter * (1 + this.#missing / 2);
  }

  /** Whether the server's answer about it is worth having with that about another one, to the same place. */
  goesWith({ watched }: Watch): boolean {
    const { connection, host } = this.watched;
    return (
      !this.asking &&
      connection === watched.connection &&
      host.port === watched.host.port &&
      host.host === watched.host.host &&
      host.hostaddr === watched.host.hostaddr &&
      this.silence >= connection.silenceCheckAfter / 2
    );
  }

  /** @param works whether the server is there, and works on this. */
  told(works: boolean): void {
    this.asking = false;
    // What was still under way may have arrived meanwhile.
    if (this.watched.socket.destroyed || this.silence < this.watched.connection.silenceCheckAfter / 2) return;
    if (works) this.#heard();
    else if (++this.#missing === asksBeforeDead) this.#giveUp();
  }

  #heard(): void {
    this.#bytes = this.watched.socket.bytesRead;
    this.#since = performance.now();
    this.#missing = 0;
  }

  #giveUp(): void {
    const { socket, host, processId, onDead } = this.watched;
    const seconds = Math.round((performance.now() - this.#since) / 1000);
    const or = processId === undefined ? '' : ', or does not run what it was asked';
    onDead();
    socket.destroy(
      new AzurePgError(
        'SERVER_SILENT',
        `"${host.host}", port ${host.port}, has said nothing for ${seconds} s and cannot be reached any more${or}: the connection is given up`,
        {
          hint: 'Whether the statement was done is unknown: look in the database before you repeat what writes.',
        },
      ),
    );
  }
}

const watches = new Set<Watch>();
let timer: NodeJS.Timeout | undefined;

/**
 * Finds connections that broke without a word while a query runs: after a while without a byte the server is asked, on another connection, whether it is there and still
 * runs the query. A query that does run is never touched, however long it takes. Without this the kernel gives up after a quarter of an hour.
 */
export function watchForSilence(watched: WatchedConnection): void {
  if (watched.connection.silenceCheckAfter === 0) return;
  const watch = new Watch(watched);
  watches.add(watch);
  watched.socket.once('close', () => {
    watches.delete(watch);
    if (watches.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  });
  timer ??= setInterval(lookAtAll, interval).unref();
}

function lookAtAll(): void {
  for (const watch of watches) {
    if (!watch.isDue) continue;
    const together = [...watches].filter((other) => other === watch || other.goesWith(watch));
    for (const each of together) each.asking = true;
    const pids = together.flatMap(({ watched }) => watched.processId ?? []);
    void askForWork(watch.watched, pids).then((answer) => {
      for (const each of together) each.told(answer.there && answer.works(each.watched.processId));
    });
  }
}
