import type pg from 'pg';
import { Client } from './classes.ts';
import type { ClientClass } from './own-classes.ts';
import { queryListener } from './refuse-query.ts';

const commit = /^\s*commit(?:\s+(?:work|transaction))?\s*;?\s*$/i;

type Answer = Pick<pg.QueryResult, 'command'>;
type Listener = (error: Error | null, answer?: Answer) => void;

/**
 * Clients for a library that takes whatever the server says to its COMMIT for a commit. The server answers with ROLLBACK where a statement of the transaction had failed and the
 * program went on: then the COMMIT rejects. pg's own callers read that in the result's `command`.
 * https://www.postgresql.org/docs/18/sql-commit.html
 */
class TellingClient extends (Client as unknown as new (
  config?: unknown,
) => { query(...values: unknown[]): unknown }) {
  override query(config: unknown, values?: unknown, callback?: unknown): unknown {
    const text = typeof config === 'string' ? config : (config as { text?: unknown } | null)?.text;
    const submits = typeof (config as { submit?: unknown } | null)?.submit === 'function';
    if (typeof text !== 'string' || submits || !commit.test(text))
      return super.query(config, values, callback);
    const listener = queryListener(config, values, callback) as Listener | undefined;
    if (listener === undefined)
      return (super.query(config, values) as Promise<Answer>).then((answer) => {
        if (answer.command === 'ROLLBACK') throw rolledBack();
        return answer;
      });
    return super.query(text, (error: Error | null, answer?: Answer) =>
      answer?.command === 'ROLLBACK' ? listener(rolledBack()) : listener(error, answer),
    );
  }
}

const rolledBack = (): Error =>
  new Error('The server answered COMMIT with ROLLBACK: a statement of the transaction had failed');

/** Rejects a COMMIT that the server answers with ROLLBACK; otherwise `Client`. For adapters of libraries that do not look at the answer. */
export const CommitClient: ClientClass = TellingClient as unknown as ClientClass;
