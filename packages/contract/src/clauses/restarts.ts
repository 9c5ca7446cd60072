import { describe, expect, test } from 'vitest';
import type { ContractClient } from '../adapter.ts';
import type { Context } from '../context.ts';
import { type Route, routes } from '../stand.ts';
import { workload } from './transactions.ts';

/** Asks until it is answered; the last error when it never is. */
async function eventually(client: ContractClient): Promise<unknown> {
  const end = Date.now() + 10_000;
  for (;;) {
    try {
      return await client.query('select 1 as back');
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** A server that comes back is found again, by the same client, and nothing is left unhandled on the way (vitest fails the run then). */
export function describeRestarts(context: Context): void {
  const open = context.toggles.pooler ? routes : (['direct'] satisfies Route[]);
  const restart = async (route: Route): Promise<void> => {
    const { postgres, pgbouncer } = context.stand.emulatorOf(route);
    await (route === 'direct' ? postgres.restart() : pgbouncer?.restart());
  };

  describe.runIf(context.toggles.restart).each(open)('a restart, %s', (route) => {
    test('idle connections are replaced', async () => {
      const client = await context.open({ url: context.stand.passwordUrl(route), max: 3 });
      await Promise.all([1, 2, 3].map(() => client.query('select pg_sleep(0.05)')));
      await restart(route);
      expect(await eventually(client)).toEqual([{ back: 1 }]);
    });

    test('no commit that was reported is missing', async () => {
      const client = await context.open({ url: context.stand.passwordUrl(route), max: 6 });
      let restarting = true;
      const restarts = (async () => {
        try {
          for (let i = 0; i < 2; i++) await restart(route);
        } finally {
          restarting = false;
        }
      })();
      const [reports] = await Promise.all([workload(client, () => !restarting), restarts]);
      const committed = reports.filter((report) => report.committed).map((report) => report.id);
      const rows = await context.stand
        .emulatorOf(route)
        .query<{ id: string }>('select id from contract_ledger where id = any($1)', [committed]);
      expect(new Set(rows.map(({ id }) => id))).toEqual(new Set(committed));
      expect(await eventually(client)).toEqual([{ back: 1 }]);
    });
  });
}
