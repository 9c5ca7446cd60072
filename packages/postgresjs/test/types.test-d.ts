// Compiled, never run: a program that was written for postgres.js, with its one import changed.
import type { TokenCredential } from '@azure-pg/core';
import type driver from 'postgres';
import postgres, { type Options, type PendingQuery, type Row, type Sql } from '../src/index.ts';

interface Person {
  id: number;
  name: string;
}

export async function program(url: string, credential: TokenCredential): Promise<void> {
  const sql: postgres.Sql = postgres(url, {
    max: 5,
    transform: postgres.camel,
    onnotice: (notice: postgres.Notice) => notice.message,
    connection: { application_name: 'shop' },
  });
  const people = await sql<Person[]>`select * from person`;
  const name: string | undefined = people[0]?.name;
  const rows: postgres.RowList<postgres.Row[]> = await sql`select ${name ?? null}`;
  const pending: postgres.PendingQuery<postgres.Row[]> = sql`select 1`;
  await sql.begin(async (transaction: postgres.TransactionSql) => {
    await transaction`insert into person ${transaction(rows)}`;
  });
  try {
    await pending;
  } catch (error) {
    if (error instanceof postgres.PostgresError) {
      const refusal: postgres.PostgresError = error;
      console.log(refusal.code, refusal.constraint_name);
    }
  }

  // Custom types reach sql.typed.
  const typed = postgres({ types: { big: postgres.BigInt } });
  typed.typed.big(1n);
  // @ts-expect-error: it is for bigint
  typed.typed.big('1');
  const rectangle: postgres.PostgresType<{ width: number }> = {
    to: 1337,
    from: [1337],
    serialize: ({ width }) => [width],
    parse: (raw) => ({ width: raw[0] }),
  };
  postgres({ types: { rectangle } }).typed.rectangle({ width: 1 });

  // Ours.
  postgres(url, { credential, poolMode: 'transaction', maxPreparedStatements: 200, sslmode: 'verify-full' });
  postgres({ host: 'my-server.postgres.database.azure.com', auth: 'entra', client_id: '…', max: 3 });
  postgres(url, { tokenProvider: async () => 'token', logger: console });
  // @ts-expect-error: there is no such option
  postgres(url, { credentials: credential });
  // @ts-expect-error: there is no such mode
  postgres(url, { poolMode: 'transactions' });

  // What takes the driver's takes ours, and the other way round.
  const bare: driver.Sql = sql;
  const again: postgres.Sql = bare;
  const options: postgres.Options<Record<string, never>> = { max: 1, credential };
  postgres(url, options);
  console.log(again, people);

  // By name, too.
  const named: Sql = again;
  const asked: PendingQuery<Row[]> = named`select 1`;
  const given: Options<Record<string, never>> = options;
  postgres(url, { ...given, socket: ({ host: [host], port: [port] }) => Promise.reject(`${host}:${port}`) });
  console.log(await asked);
}
