import type { ContractClient } from '../../adapter.ts';

/** What a client is doing when the failure strikes. */
const states = [
  'idle',
  'in a query',
  'mid-result',
  'in a transaction',
  'idle in a transaction',
  'committing',
  'opening',
  'reserved',
  'idle while reserved',
] as const;
export type State = (typeof states)[number];

/** What a state needs to know of the failure that it will meet. */
interface Encounter {
  readonly client: ContractClient;
  /** Of the rows that this operation writes, and in the statement that waits, to be recognised by. */
  readonly id: string;
  /** The statement in which the failure strikes. */
  readonly statement: string;
  /** Notes the server process that this operation is on, where only that tells it. */
  note(pid: unknown): void;
  /** Notes the statement's own error, where a failed ROLLBACK may hide it. */
  noteError(error: unknown): void;
  /** Resolves when the failure has struck. */
  readonly struck: Promise<void>;
}

/** Waits, and has a row in the table when it does not fail. */
const waitingInsert = (id: string, seconds: number): string =>
  `insert into truth_ledger (id) select '${id}' where pg_sleep(${seconds})::text is not null`;

/** Sends enough that the client has some of it, and then waits. */
const waitingResult = (id: string, seconds: number): string =>
  `select i, repeat('${id}', 50) as filler, case when i = 50 then pg_sleep(${seconds})::text end as slept from generate_series(1, 60) as numbers (i)`;

const insert = "insert into truth_ledger (id) values ('ID')";
const backend = 'select pg_backend_pid() as pid';

type Enter = (encounter: Encounter) => Promise<unknown>;

/** How a client gets into each state; the promise is what the program sees. */
export const enter: Readonly<Record<Exclude<State, 'idle'>, Enter>> = {
  'in a query': ({ client, statement }) => client.query(statement),
  'mid-result': ({ client, statement }) => client.query(statement),
  opening: ({ client, statement }) => client.query(statement),
  'in a transaction': ({ client, id, noteError, statement }) =>
    client.transaction(async (query) => {
      await query(insert.replace('ID', `${id} before`));
      await query(statement).catch((error) => {
        noteError(error);
        throw error;
      });
    }),
  'idle in a transaction': ({ client, id, note, struck }) =>
    client.transaction(async (query) => {
      await query(insert.replace('ID', `${id} before`));
      note((await query(backend))[0]?.pid);
      await struck;
      await query(insert.replace('ID', `${id} after`));
    }),
  committing: ({ client, note, statement }) =>
    client.transaction(async (query) => {
      note((await query(backend))[0]?.pid);
      await query(statement);
    }),
  reserved: ({ client, statement }) =>
    reserve(client, async (query) => {
      await query('select 1 as reserved');
      await query(statement);
    }),
  'idle while reserved': ({ client, id, note, struck }) =>
    reserve(client, async (query) => {
      note((await query(backend))[0]?.pid);
      await struck;
      await query(insert.replace('ID', id));
    }),
};

/** What the waiting statement is, where the failure has none of its own. */
export function waitingStatement(state: State, id: string, seconds: number): string {
  if (state === 'committing') return `insert into truth_slow (id) values ('${id}')`;
  if (state === 'opening') return insert.replace('ID', id);
  return state === 'mid-result' ? waitingResult(id, seconds) : waitingInsert(id, seconds);
}

/** Runs `work` on a reserved connection; the table leaves adapters without one out. */
export function reserve<T>(
  client: ContractClient,
  work: (query: ContractClient['query']) => Promise<T>,
): Promise<T> {
  if (client.reserve === undefined) throw new Error('The adapter cannot reserve a connection');
  return client.reserve(work);
}

/** Every row that an encounter may have written. */
export const written =
  "select id from (table truth_ledger union all table truth_slow union all table truth_deferred) as all_tables where id like $1 || '%'";
