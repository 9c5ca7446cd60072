import type { ContractClient, Query, Row } from '@azure-pg/contract';
import { eq, type SQL, sql } from 'drizzle-orm';
import type { NodePgDatabase } from 'drizzle-orm/node-postgres';
import { integer, pgTable, text } from 'drizzle-orm/pg-core';
import { runTransaction } from '../src/index.ts';

/** What both drivers' databases and transactions have. */
export type Queries = Pick<NodePgDatabase, '$count' | 'execute' | 'insert' | 'select'>;

// The contract's own tables.
const ledger = pgTable('contract_ledger', { id: text().primaryKey(), backend: integer() });
const unique = pgTable('contract_unique', { id: integer().primaryKey() });

type Run = (db: Queries, parameters: readonly never[]) => Promise<unknown>;
const written: Record<string, Run> = {
  'insert into contract_ledger (id, backend) values ($1, $2)': (db, [id, backend]) =>
    db.insert(ledger).values({ id: id as unknown as string, backend: backend ?? null }),
  'insert into contract_unique values ($1)': (db, [id]) =>
    db.insert(unique).values({ id: id as unknown as number }),
  'insert into contract_unique values (1)': (db) => db.insert(unique).values({ id: 1 }),
  'select count(*)::int as n from contract_ledger where id = $1': async (db, [id]) => [
    { n: await db.$count(ledger, eq(ledger.id, id as unknown as string)) },
  ],
};

/**
 * The contract's statements with Drizzle's query builder: inserts, counts, and `select expression as name, …`. The rest goes to `execute`.
 *
 * @param rowsOf takes the rows out of what the driver's `execute` gives.
 */
function queryOn(db: Queries, rowsOf: (result: unknown) => Row[]): Query {
  return async (statement, parameters = []) => {
    const run = written[statement];
    if (run !== undefined) {
      const rows = await run(db, parameters as never[]);
      return Array.isArray(rows) ? (rows as Row[]) : [];
    }
    const fields = selectedBy(statement, parameters);
    if (fields !== undefined) return db.select(fields).from(sql`(values (0)) as one_row`);
    return rowsOf(await db.execute(withParameters(statement, parameters)));
  };
}

/** `select a as b, c as d` as fields; undefined for anything else. */
function selectedBy(
  statement: string,
  parameters: readonly unknown[],
): Record<string, SQL.Aliased> | undefined {
  const list = /^select (.*)$/.exec(statement)?.[1]?.split(/(?<= as \w+), /) ?? [''];
  const fields = list.map((each) => /^(.*) as (\w+)$/.exec(each));
  if (fields.some((field) => field === null)) return undefined;
  return Object.fromEntries(
    fields.map((field) => {
      const [, expression = '', name = ''] = field ?? [];
      return [name, withParameters(expression, parameters).as(name)];
    }),
  );
}

/** `select $1` and its parameters, as Drizzle wants them. */
function withParameters(statement: string, parameters: readonly unknown[]): SQL {
  const pieces = statement.split(/\$(\d+)/);
  const chunks = pieces.map((piece, index) =>
    // A param, not a bare value: Drizzle writes out arrays as lists.
    index % 2 === 0 ? sql.raw(piece) : sql`${sql.param(parameters[Number(piece) - 1])}`,
  );
  return sql.join(chunks);
}

/** A database with Drizzle's transactions, brought to the contract's shape. */
export function clientOf(
  db: Queries & { transaction: NodePgDatabase['transaction'] },
  rowsOf: (result: unknown) => Row[],
  end: () => Promise<void>,
): ContractClient {
  return {
    raw: db,
    query: queryOn(db, rowsOf),
    transaction: (work) => db.transaction((transaction) => work(queryOn(transaction, rowsOf))),
    runTransaction: (work, options) =>
      runTransaction(db, (transaction) => work(queryOn(transaction, rowsOf)), options),
    end,
  };
}
