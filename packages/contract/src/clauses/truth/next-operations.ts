import { isDeepStrictEqual } from 'node:util';
import type { ContractClient, Row } from '../../adapter.ts';
import { describeError } from '../../error-chain.ts';
import { reserve } from './states.ts';
import { saysDown, Untrue } from './untrue.ts';

/** What an operation has at hand. */
export interface Surroundings {
  readonly client: ContractClient;
  /** Asks the database past everything that is tested. */
  readonly stand: { ask<Row>(sql: string, parameters: readonly unknown[]): Promise<Row[]> };
  /** For its row; used once. */
  readonly id: string;
  sqlState(error: unknown): unknown;
}

/** What a program may do next, after a failure. */
export const operationNames = [
  'a failing statement',
  'a duplicate',
  'an insert',
  'a select',
  'a parameter',
  'an array',
  'a transaction',
  'a reserved query',
] as const;
export type NextOperation = (typeof operationNames)[number];

type Operation = (surroundings: Surroundings) => Promise<void>;

/** Each throws Untrue, or the error by which it failed unexpectedly. */
export const nextOperations: Readonly<Record<NextOperation, Operation>> = {
  'a failing statement': (surroundings) =>
    refused(surroundings, '22012', surroundings.client.query('select 1 / 0 as value')),
  'a duplicate': (surroundings) =>
    refused(
      surroundings,
      '23505',
      surroundings.client.query('insert into truth_unique (id) values ($1)', [1]),
    ),
  async 'an insert'({ client, stand, id }) {
    const outcome = client.query('insert into truth_ledger (id) values ($1)', [id]);
    await thereIfReported(stand, [id], outcome);
  },
  async 'a select'({ client }) {
    const rows = Array.from({ length: 7 }, (_, index) => ({ i: index + 1 }));
    exactly(rows, await client.query('select i from generate_series(1, 7) as numbers (i)'));
  },
  async 'a parameter'({ client, id }) {
    exactly([{ value: id }], await client.query('select $1::text as value', [id]));
  },
  async 'an array'({ client }) {
    exactly([{ value: [1, 2, 3] }], await client.query('select $1::int4[] as value', [[1, 2, 3]]));
    exactly([{ value: ['a', 'b,"'] }], await client.query("select array['a', 'b,\"'] as value"));
  },
  async 'a transaction'({ client, stand, id }) {
    const ids = [`${id} first`, `${id} second`];
    const outcome = client.transaction(async (query) => {
      for (const each of ids) await query('insert into truth_ledger (id) values ($1)', [each]);
    });
    await thereIfReported(stand, ids, outcome);
  },
  async 'a reserved query'({ client, id }) {
    exactly([{ value: id }], await reserve(client, (query) => query('select $1::text as value', [id])));
  },
};

/** Throws unless the server refused with this SQLSTATE. Rejects as the operation did when it says that the connection is down. */
export async function refused(
  { sqlState }: Pick<Surroundings, 'sqlState'>,
  expected: string,
  outcome: Promise<unknown>,
): Promise<void> {
  let rows: unknown;
  try {
    rows = await outcome;
  } catch (error) {
    if (sqlState(error) === expected) return;
    if (saysDown(error)) throw error;
    throw new Untrue('wrong error', `${describeError(error)} instead of ${expected}`);
  }
  throw new Untrue('invented answer', `${JSON.stringify(rows)} instead of ${expected}`);
}

/** All rows are there, or none is: as the program was told. Rejects as the operation did. */
export async function thereIfReported(
  stand: Surroundings['stand'],
  ids: readonly string[],
  outcome: Promise<unknown>,
): Promise<void> {
  const [report] = await Promise.allSettled([outcome]);
  const rows = await stand.ask('select id from truth_ledger where id = any($1)', [ids]);
  if (report.status === 'fulfilled' && rows.length < ids.length)
    throw new Untrue('lost row', `${rows.length} of ${ids.length} rows that were reported are there`);
  if (report.status === 'fulfilled') return;
  // Whether a COMMIT under which the connection broke was done, nobody can tell; a half was not.
  if (rows.length > 0 && !(rows.length === ids.length && saysDown(report.reason)))
    throw new Untrue('unreported row', `${describeError(report.reason)}, and ${rows.length} rows are there`);
  throw report.reason;
}

/** Throws unless these are the rows, no more and no others. */
export function exactly(expected: readonly Row[], rows: readonly Row[]): void {
  const plain = Array.from(rows, (row) => (row === undefined ? row : { ...row }));
  if (isDeepStrictEqual(plain, expected)) return;
  throw new Untrue(
    'wrong rows',
    `${JSON.stringify(plain)?.slice(0, 120)} (${plain.length} rows) instead of ${JSON.stringify(expected)}`,
  );
}
