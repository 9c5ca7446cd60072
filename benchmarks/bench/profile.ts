import { fileURLToPath } from 'node:url';
import { type Measurement, scaled, type Table } from './measurement.ts';
import { runProgram } from './run-program.ts';
import { middle } from './take-turns.ts';

interface Profile {
  readonly microseconds: Readonly<Record<string, number>>;
  readonly outliving: number;
}

const profiled = ['pg', 'postgresjs', 'kysely-postgresjs'];

/** Where the time of a query goes. */
export const profile: Measurement = {
  title: 'Where a query’s time goes',
  how: 'Microseconds of a query by whose code they are spent in, 64 queries at a time, sampled by V8’s profiler in a process of its own, without the writing to the socket: the median of some runs that take turns. "outlives" are the bytes of a query that the young generation hands on to the old one, which is what collections cost.',
  async run({ user, password, ca, direct }, { scale }): Promise<Table> {
    const rows: string[][] = [];
    const server = { host: 'localhost', port: direct.port, user, password, database: 'postgres', ca };
    const run = (adapter: string, side: 'bare' | 'ours'): Promise<Profile> =>
      runProgram(
        ['--conditions=@azure-pg/source', fileURLToPath(new URL('programs/profile.ts', import.meta.url))],
        {
          BENCH_ADAPTER: adapter,
          BENCH_SIDE: side,
          BENCH_SERVER: JSON.stringify(server),
          BENCH_URL: direct.url,
        },
      );
    for (const adapter of profiled) {
      const bare: Profile[] = [];
      const ours: Profile[] = [];
      for (let round = 0; round < scaled(5, scale); round++) {
        bare.push(await run(adapter, 'bare'));
        ours.push(await run(adapter, 'ours'));
      }
      const names = new Set([...bare, ...ours].flatMap(({ microseconds }) => Object.keys(microseconds)));
      const figures = [...names].map((name) => {
        const of = (all: Profile[]): number => middle(all.map(({ microseconds }) => microseconds[name] ?? 0));
        return { name, bare: of(bare), ours: of(ours) };
      });
      const worth = figures.filter((one) => Math.max(one.bare, one.ours) >= 0.5);
      for (const one of worth.sort((a, b) => b.ours - a.ours))
        rows.push([adapter, one.name, one.bare.toFixed(1), one.ours.toFixed(1)]);
      const kept = [bare, ours].map((all) => `${middle(all.map(({ outliving }) => outliving)).toFixed(0)} B`);
      rows.push([adapter, 'outlives', ...kept]);
    }
    return { head: ['adapter', 'in', 'bare', 'ours'], rows };
  },
};
