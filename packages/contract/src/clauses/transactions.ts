import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { ContractClient } from '../adapter.ts';
import type { Context } from '../context.ts';
import { rejection } from '../error-chain.ts';
import { type Route, routes } from '../stand.ts';

const workers = 8;
const each = 20;

/** What a client reported about a transaction. */
interface Report {
  readonly id: string;
  readonly committed: boolean;
}

class RolledBack extends Error {}

/** One transaction of three statements, so that there is time to land on another server between them. */
async function enter(client: ContractClient, id: string, fails: boolean): Promise<void> {
  await client.transaction(async (query) => {
    const [before] = await query('select pg_backend_pid() as pid');
    await query('insert into contract_ledger (id, backend) values ($1, $2)', [id, before?.pid]);
    const [after] = await query('select pg_backend_pid() as pid, $1::text as id', [id]);
    if (after?.pid !== before?.pid) throw new Error('The transaction was spread over two servers');
    if (fails) throw new RolledBack();
  });
}

/** Eight workers, twenty transactions each and more until `mayStop`; every seventh is rolled back on purpose. */
export async function workload(client: ContractClient, mayStop = (): boolean => true): Promise<Report[]> {
  const reports: Report[] = [];
  const worker = async (): Promise<void> => {
    for (let round = 0; round < each || !mayStop(); round++) {
      const id = randomUUID();
      try {
        await enter(client, id, round % 7 === 3);
        reports.push({ id, committed: true });
      } catch {
        reports.push({ id, committed: false });
      }
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
  return reports;
}

/** What was reported to a program is what the database has. */
export function describeTransactions(context: Context): void {
  const open = context.toggles.pooler ? routes : (['direct'] satisfies Route[]);

  describe.each(open)('transactions, %s', (route) => {
    test('every commit that was reported is a row, and every failure is none', async () => {
      const client = await context.open({ url: context.stand.passwordUrl(route), max: 6 });
      const reports = await workload(client);
      const committed = reports.filter((report) => report.committed).map((report) => report.id);
      const rows = await context.stand
        .emulatorOf(route)
        .query<{ id: string }>('select id from contract_ledger where id = any($1)', [
          reports.map(({ id }) => id),
        ]);
      expect(new Set(rows.map(({ id }) => id))).toEqual(new Set(committed));
      expect(committed).toHaveLength(workers * (each - 3));
    });

    test('a COMMIT that the server answers with ROLLBACK, because a statement had failed, is no commit', async ({
      skip,
    }) => {
      if (context.adapter.commitsByHand) skip();
      const client = await context.open({ url: context.stand.passwordUrl(route), max: 1 });
      const id = randomUUID();
      const ended = client.transaction(async (query) => {
        await query('insert into contract_ledger (id) values ($1)', [id]);
        await query('select 1 / 0').catch(() => {});
      });
      expect(await rejection(ended)).toBeInstanceOf(Error);
      expect(
        await client.query('select count(*)::int as n from contract_ledger where id = $1', [id]),
      ).toEqual([{ n: 0 }]);
    });

    test('the error that rolls back comes out, and the client goes on', async () => {
      const client = await context.open({ url: context.stand.passwordUrl(route), max: 1 });
      const id = randomUUID();
      expect(await rejection(enter(client, id, true))).toBeInstanceOf(RolledBack);
      expect(
        await client.query('select count(*)::int as n from contract_ledger where id = $1', [id]),
      ).toEqual([{ n: 0 }]);
    });
  });
}
