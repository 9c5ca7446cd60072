import { detectPooling, forgetPooling, resolveConnection } from '@azure-pg/core';
import { Pool } from '@azure-pg/pg';
import { type Measurement, scaled, type Table } from './measurement.ts';
import { cost, middle, ratio, type Stretch, takeTurns, timed } from './take-turns.ts';

/** What it costs to find out what the pooler is, rather than to be told. */
export const detection: Measurement = {
  title: 'pool_mode=detect',
  how: 'The first connection of a process and `select 1`, with `pool_mode=detect` and where the URL says what the pooler is; later connections do not ask again. 10 at a time: ten connections of one pool, all of which wait for the one answer.',
  async run({ direct, pooled }, { scale }): Promise<Table> {
    const rows: string[][] = [];
    for (const [route, { url }] of Object.entries({ direct, pooled })) {
      const detecting = new URL(url);
      for (const known of ['max_prepared_statements', 'direct_port']) detecting.searchParams.delete(known);
      detecting.searchParams.set('pool_mode', 'detect');
      const connection = resolveConnection(detecting.href);
      const found = await detectPooling(connection);
      for (const atOnce of [1, 10]) {
        const first = (href: string) => async (): Promise<Stretch> => {
          forgetPooling(connection);
          return await timed(() => connect(href, atOnce));
        };
        await takeTurns(3, first(url), first(detecting.href));
        const turns = await takeTurns(scaled(20, scale), first(url), first(detecting.href));
        const [told, asked] = [turns.bare, turns.ours].map((all) => middle(all.map(({ wall }) => wall)));
        rows.push([
          route,
          found.poolMode,
          String(atOnce),
          `${told?.toFixed(1)} ms`,
          `${asked?.toFixed(1)} ms`,
          ratio(turns, cost),
        ]);
      }
    }
    return { head: ['', 'found', 'at a time', 'told', 'detected', 'processor, detected/told'], rows };
  },
};

async function connect(url: string, max: number): Promise<number> {
  const pool = new Pool({ connectionString: url, max });
  try {
    await Promise.all(Array.from({ length: max }, () => pool.query('select 1')));
    return 1;
  } finally {
    await pool.end();
  }
}
