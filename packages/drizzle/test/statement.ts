import { type SQL, sql } from 'drizzle-orm';

/** `select $1` and its parameters, as Drizzle wants them. */
export function statement(text: string, parameters: readonly unknown[]): SQL {
  const pieces = text.split(/\$(\d+)/);
  const chunks = pieces.map((piece, index) =>
    // A param, not a bare value: Drizzle writes out arrays as lists.
    index % 2 === 0 ? sql.raw(piece) : sql`${sql.param(parameters[Number(piece) - 1])}`,
  );
  return sql.join(chunks);
}
