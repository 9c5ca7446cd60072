import { connectionError } from './drivers-error.ts';
import { Held } from './held.ts';
import { type DriverConnection, isQuery, type Query, type Send } from './query.ts';
import { watchScope } from './scopes.ts';
import type { Call, Scope, Watch } from './watch.ts';

interface Waiting {
  answer(reserved: Scope): void;
  refuse(reason: unknown): void;
}

/**
 * `sql.reserve`, always answered. The driver keeps those who wait in one queue with its queries, and loses them there: when a connection closes,
 * when it opens one for a reservation, when a reservation was refused. So its own `reserve` is only asked when a connection is idle, which it
 * lends at once. Otherwise an empty query waits its turn among the others, as `begin` does, and holds the connection that it comes to. Where all
 * connections are reserved, the next waits here until one is given back.
 *
 * @param warn called for a connection that was given back inside a transaction.
 */
export function holdReservations(scope: Scope, watch: Watch, warn: (message: string) => void): void {
  const { state } = watch;
  const { reserve } = scope;
  const own: OwnScope = { ...(scope as Omit<Scope, 'reserve'>), call: scope };
  if (reserve === undefined) return;
  const line: Waiting[] = [];
  let held = 0;

  const next = (): void => {
    const waiting = held < state.max ? line.shift() : undefined;
    if (waiting !== undefined) void lend(waiting);
  };

  async function lend({ answer, refuse }: Waiting): Promise<void> {
    held++;
    // Those that do not answer are gone then: the driver would lend one, and only a query there tells which.
    const asked = state.ask();
    if (asked !== undefined) await asked;
    // As many connections are idle as exceed the number of those who use one.
    const idle = state.claims < state.open;
    const reservation = new Held();
    const untrack = state.track(reservation, refuse, true);
    let givenBack = false;
    const giveBack = (): void => {
      if (givenBack) return;
      givenBack = true;
      held--;
      untrack();
      next();
    };
    try {
      const reserved = idle ? await reserve?.() : await inTurn(reservation, giveBack);
      if (reserved === undefined) throw connectionError('CONNECTION_DESTROYED', state.place);
      answer(handOut(reserved, reservation, giveBack));
    } catch (reason) {
      giveBack();
      refuse(reason);
      // Nobody else will reach the server, either; each would wait for its own connect_timeout.
      if (state.open === 0) for (const waiting of line.splice(0)) waiting.refuse(reason);
    }
  }

  async function inTurn(reservation: Held, giveBack: () => void): Promise<Scope | undefined> {
    const queue = new HeldQueue();
    const options = {
      reserves: true,
      onexecute: (connection: DriverConnection) => void queue.hold(connection),
    };
    const asked = scope.unsafe(...(['', [], options] as never[])) as Query & Promise<unknown>;
    await asked;
    const socket = state.socketOf(asked);
    if (socket !== undefined) reservation.hold(socket, giveBack);
    return queue.scope(own, () => void socket?.emit('drain'));
  }

  /** What the program gets. */
  function handOut(reserved: Scope, reservation: Held, giveBack: () => void): Scope {
    const { release } = reserved;
    let asked: Promise<unknown> | undefined;
    let released = false;
    const end = (): void => {
      const { socket, lost, pending } = reservation;
      // A closed connection that is given back would be lent again.
      if (lost !== undefined) giveBack();
      else if (socket !== undefined && socket.status !== 'I') {
        warn(
          'A reserved connection was given back inside a transaction. It is closed, which rolls the transaction back.',
        );
        socket.die(undefined);
      } else if (socket?.outdated && pending.size === 0) {
        // The driver closes what it was told to close after the next query of the instance: never, where all are reserved.
        socket.die(undefined);
      } else {
        reservation.release();
        release?.();
        giveBack();
      }
    };
    reserved.release = () => {
      if (released) return;
      released = true;
      if (asked === undefined) end();
      else asked.then(end, end);
    };
    const bound = watchScope(reserved, watch, reservation, (query) => {
      if (reservation.socket !== undefined || !query.state?.pid) return;
      const socket = state.socketOf(query);
      if (socket !== undefined) reservation.hold(socket, giveBack);
      else reservation.lose(connectionError('CONNECTION_CLOSED', state.place));
    });
    // Only a query tells which connection the driver lent, and that might break before the first one: an empty one asks. One that begins at once
    // is not kept waiting by it.
    process.nextTick(() => {
      if (reservation.socket === undefined && !released)
        asked = Promise.resolve(bound.unsafe('' as never)).catch(() => {});
    });
    return bound;
  }

  scope.reserve = () =>
    new Promise((answer, refuse) => {
      if (state.ending) return refuse(connectionError('CONNECTION_ENDED', state.place));
      const waiting: Waiting = {
        answer(reserved) {
          untrack();
          answer(reserved);
        },
        refuse(reason) {
          untrack();
          refuse(reason);
        },
      };
      const untrack = state.track(waiting, waiting.refuse, false);
      line.push(waiting);
      next();
    });
}

/** The instance's functions as the driver made them. */
interface OwnScope extends Pick<Scope, 'unsafe' | 'file' | 'notify'> {
  readonly call: Call;
}

/** The queries for a connection that is held, one after the other where the driver says that it is full. */
class HeldQueue {
  readonly #waiting: Query[] = [];
  #connection: DriverConnection | undefined;
  #full = true;

  hold(connection: DriverConnection): void {
    this.#connection = connection;
    const ready = (): void => {
      const query = this.#waiting.shift();
      if (query === undefined) this.#full = false;
      else connection.execute(query);
    };
    connection.reserved = Object.assign(ready, { release: true });
  }

  /**
   * As `sql.reserve` of the driver gives it; undefined when nothing was held.
   *
   * @param own the instance's, as the driver made it.
   * @param onRelease called when the connection is the driver's again.
   */
  scope(own: OwnScope, onRelease: () => void): Scope | undefined {
    const connection = this.#connection;
    if (connection === undefined) return undefined;
    const { call, unsafe, file, notify, ...others } = own;
    const execute: Send = (query) => {
      if (this.#full) this.#waiting.push(query);
      else this.#full = !connection.execute(query);
    };
    execute.debug = (unsafe('' as never) as Query).handler.debug;
    const here =
      (make: Call): Call =>
      (...values) => {
        const made = make(...values);
        if (isQuery(made)) made.handler = execute;
        return made;
      };
    const { types, typed, array, json } = others as unknown as Record<string, unknown>;
    const release = (): void => {
      connection.reserved = null;
      onRelease();
    };
    return Object.assign(here(call), {
      ...{ types, typed, array, json, notify, release },
      unsafe: here(unsafe),
      file: here(file),
    }) as Scope;
  }
}
