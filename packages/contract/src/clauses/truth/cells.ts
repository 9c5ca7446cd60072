import type { ContractAdapter } from '../../adapter.ts';
import { failures } from './failures.ts';
import type { State } from './states.ts';
import type { TruthRoute, TruthStand } from './truth-stand.ts';

/** One square of the table: a failure that meets a state. */
export interface Cell {
  readonly failure: string;
  readonly state: State;
}

/** The squares that make sense on a route: all of them, or the most telling one of each failure. */
export function cellsOf(route: TruthRoute, all: boolean): Cell[] {
  return Object.entries(failures)
    .filter(([, { pooled }]) => route.pooled || !pooled)
    .flatMap(([failure, { states }]) =>
      (all ? states : states.slice(0, 1)).map((state) => ({ failure, state })),
    );
}

/** Whether others may run at the same time: it strikes nobody but its own clients, by their statements or their role's limits. */
export function isPrivate({ failure }: Cell): boolean {
  const { strike, prepare, user } = failures[failure] ?? {};
  return prepare === undefined && (strike === undefined || user !== undefined);
}

/** What an adapter, or its server, lacks to meet a failure in a state; undefined: nothing. */
export function missingFor(
  { failure, state }: Cell,
  adapter: ContractAdapter,
  { limited }: Pick<TruthStand, 'limited'>,
): string | undefined {
  const { needs, user } = failures[failure] ?? {};
  if (user !== undefined && !limited.has(user)) return 'This PostgreSQL has no such time limit';
  if (needs === 'queryTimeout' && adapter.queryTimeoutOption === undefined)
    return 'The driver has no time limit for a query';
  if (needs === 'abort' && adapter.aborts !== true) return 'The driver cannot abort a query';
  if (state.endsWith('reserved') && adapter.reserves !== true)
    return 'The driver cannot reserve a connection';
  return undefined;
}
