import { setTimeout as wait } from 'node:timers/promises';
import type { ContractAdapter } from '../../adapter.ts';
import type { TruthStand } from './truth-stand.ts';
import { answered } from './untrue.ts';

/** Milliseconds after which a query that nothing disturbs counts as hanging. */
const patience = 10_000;

/**
 * Asks the same twice on one connection, and once in a transaction. An adapter that cannot do that on a route is told so once, and not by
 * every failure after a long wait.
 */
export async function worksWithoutFailure(adapter: ContractAdapter, stand: TruthStand): Promise<void> {
  const client = await adapter.open({ url: stand.url({}), options: {}, max: 1 });
  const ask = async (which: string, answer: Promise<unknown>): Promise<void> => {
    await answered(`Before any failure, ${which}`, answer, patience);
  };
  try {
    await ask('the first query', client.query('select $1::int as n', [1]));
    await ask('the same query again', client.query('select $1::int as n', [2]));
    await ask(
      'the same query in a transaction',
      client.transaction((query) => query('select $1::int as n', [3])),
    );
  } finally {
    await Promise.race([client.end().catch(() => {}), wait(500)]);
  }
}
