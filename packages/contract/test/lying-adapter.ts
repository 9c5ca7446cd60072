import type { ContractAdapter, ContractClient, Query, Row } from '../src/index.ts';
import bare from './bare-pg.ts';

/** The ways to lie after a failure; the first is none. */
export const lies = [
  'honest',
  'invents-answers',
  'swallows-errors',
  'gives-stale-errors',
  'leaves-holes',
  'replays-inserts',
  'keeps-transactions-open',
  'never-answers',
] as const;
export type Lie = (typeof lies)[number];

/** Answers one query after a failure. */
type Answer = (failure: unknown, sql: string, ask: () => Promise<Row[]>) => Promise<Row[]>;

const answers: Readonly<Partial<Record<Lie, Answer>>> = {
  'invents-answers': async (_failure, sql, ask) => (sql.startsWith('insert') ? [] : ask()),
  'swallows-errors': (_failure, _sql, ask) => ask().catch(() => []),
  'gives-stale-errors': async (failure) => {
    throw failure;
  },
  'leaves-holes': async (_failure, _sql, ask) => {
    const rows = await ask();
    return rows.length === 0 ? rows : [undefined as unknown as Row, ...rows];
  },
  'never-answers': () => new Promise(() => {}),
};

function lie(how: Lie, client: ContractClient): ContractClient {
  let failure: unknown;
  const note = (error: unknown): never => {
    failure = error;
    throw error;
  };
  const query: Query = async (sql, parameters) => {
    const ask = (): Promise<Row[]> => client.query(sql, parameters).catch(note);
    if (failure === undefined) return ask();
    const met = failure;
    failure = undefined;
    return answers[how]?.(met, sql, ask) ?? ask();
  };
  return {
    ...client,
    query,
    async transaction(work) {
      const inserts: [string, (readonly unknown[])?][] = [];
      try {
        return await client.transaction((inner) =>
          work((sql, parameters) => {
            if (sql.startsWith('insert') && !sql.includes('pg_sleep'))
              inserts.push(parameters === undefined ? [sql] : [sql, parameters]);
            return inner(sql, parameters);
          }),
        );
      } catch (error) {
        if (how === 'replays-inserts') for (const insert of inserts) await insist(client.query, insert);
        return note(error);
      }
    },
    reserve: async (work) => client.reserve?.(work).catch(note) as never,
  };
}

async function insist(query: Query, insert: readonly [string, (readonly unknown[])?]): Promise<void> {
  for (;;) {
    try {
      await query(...insert);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** The bare driver, which is honest but for its `query_timeout`: that keeps transactions open by itself. */
export function lying(how: Lie): ContractAdapter {
  const { queryTimeoutOption = '', ...honest } = bare;
  return {
    ...honest,
    ...(how === 'keeps-transactions-open' ? { queryTimeoutOption } : {}),
    open: async (input) => lie(how, await bare.open(input)),
  };
}
