import { readFile } from 'node:fs';
import { claimsConnection, followAnswer } from './answers.ts';
import { assertArguments } from './arguments.ts';
import { cancelsInTime } from './cancel-query.ts';
import { cursorOf } from './cursor.ts';
import { connectionError, generic } from './drivers-error.ts';
import type { Held } from './held.ts';
import { keepOrigin } from './keep-origin.ts';
import { isQuery, type Query, type Send } from './query.ts';
import type { Call, Scope, Watch } from './watch.ts';

/**
 * Looks at every query of a scope just before it goes to a connection: earlier it may still become a part of another query.
 *
 * @param held undefined: the scope is the instance, whose queries run on any connection.
 * @param onSent called with each query that was given to the driver.
 */
export function watchScope<T extends Scope>(
  scope: T,
  watch: Watch,
  held: Held | undefined,
  onSent?: (query: Query) => void,
): T {
  const { state, options } = watch;
  const { unsafe, file } = scope;
  const waiting = new Set<Query>();
  /** The scope's own; all its queries have the same. */
  let send: Send | undefined;
  const sendOf = (query: Query): Send => {
    send ??= query.handler;
    return send;
  };
  const follow = (query: Query): void => followAnswer(query, watch, sendOf(query), held);
  const cursor = cursorOf({ waiting, follow });
  /** @throws the reason why it cannot be sent. */
  const assertSendable = (query: Query, refusal: Error | undefined): void => {
    if (held !== undefined) {
      if (held.lost !== undefined) throw held.lost.reason;
      if (waiting.size > 0) throw cursorIsOpen();
    }
    if (refusal !== undefined) throw refusal;
    assertArguments(query, scope as unknown as Call, options);
  };
  const sendUnless = (query: Query, refusal: Error | undefined, untrack?: () => void): void => {
    try {
      assertSendable(query, refusal);
      follow(query);
      send?.(query);
      onSent?.(query);
    } catch (reason) {
      untrack?.();
      query.reject(reason);
    }
  };
  const sendLater = (query: Query, known: Promise<readonly [Error | undefined, unknown]>): void => {
    // It stays tracked until it is answered: `end` waits for that.
    const reject = (reason: unknown): void => query.reject(reason);
    const untrack = state.track(query, reject, claimsConnection(query, watch, held));
    known.then(([refusal]) => sendUnless(query, refusal, untrack), reject);
  };
  const watched: Send = (query) => {
    try {
      // Not later: what was asked for before `end` is answered.
      if (held === undefined && state.ending && query.options.reserves !== true)
        throw connectionError('CONNECTION_ENDED', state.place);
      const refusal = watch.refuse?.(query.strings.join('?'), held !== undefined);
      // On a connection that is held the query follows the question at once: it can run nowhere else, and a COMMIT must not overtake it.
      const asked = held === undefined ? state.ask() : void held.socket?.ask();
      if (refusal instanceof Promise || asked !== undefined) sendLater(query, Promise.all([refusal, asked]));
      else sendUnless(query, refusal);
    } catch (reason) {
      query.reject(reason);
    }
  };
  const watchQuery = (query: Query): Query => {
    watched.debug = sendOf(query).debug;
    query.handler = watched;
    if (query.canceller !== null) {
      watch.cancel ??= cancelsInTime(query.canceller);
      query.canceller = watch.cancel;
    }
    query.cursor = cursor;
    return query;
  };
  scope.unsafe = (...values) => watchQuery(unsafe(...values) as Query);
  // The driver reads it later and then sends it by itself.
  scope.file = (...values) => {
    const [path] = values as unknown as [string];
    const query = file(...values) as Query;
    query.handler = (unsafe('' as never) as Query).handler;
    watchQuery(query).handler = Object.assign(
      () =>
        readFile(path, 'utf8', (error, text) => {
          if (error) return query.reject(error);
          query.strings = [text];
          watched(query);
        }),
      { debug: watched.debug },
    );
    return query;
  };
  const apply = (target: T, self: unknown, values: unknown[]): unknown => {
    const made = Reflect.apply(target as unknown as Call, self, values);
    if (!isQuery(made)) return made;
    keepOrigin(made, apply);
    return watchQuery(made);
  };
  const proxy = new Proxy(scope, { apply });
  watch.notify ??= async (channel: string, payload: unknown) => {
    const notify = proxy as unknown as (strings: TemplateStringsArray, ...values: unknown[]) => unknown;
    return await notify`select pg_notify(${channel}, ${`${payload}`})`;
  };
  scope.notify = watch.notify;
  return proxy;
}

function cursorIsOpen(): Error {
  return generic(
    'CURSOR_OPEN',
    'This connection is in the middle of a cursor, whose rows the program has not finished with: the query would wait for the cursor, and the cursor for the program. Run it after the loop, or on another connection.',
  );
}
