import { fileURLToPath } from 'node:url';
import type { Measurement, Table } from './measurement.ts';
import { runProgram } from './run-program.ts';
import { middle } from './take-turns.ts';

const connections = 100;

/** What an open connection that does nothing keeps. */
export const memory: Measurement = {
  title: 'Memory of an idle connection',
  how: `${connections} connections in a process of their own, each after one query: what the heap and the buffers outside it grew by, after a collection, for each of them.`,
  async run({ user, password, caFile, direct }): Promise<Table> {
    const rows: string[][] = [];
    const grown = async (module: string): Promise<number> => {
      const all: number[] = [];
      for (let round = 0; round < 3; round++) {
        const { bytes } = await runProgram<{ bytes: number }>(
          ['--expose-gc', fileURLToPath(new URL('programs/idle-connections.ts', import.meta.url))],
          {
            BENCH_MODULE: module,
            BENCH_CONNECTIONS: String(connections),
            BENCH_URL: direct.url,
            BENCH_PORT: String(direct.port),
            BENCH_USER: user,
            BENCH_PASSWORD: password,
            BENCH_CA: caFile,
          },
        );
        all.push(bytes);
      }
      return middle(all) / connections / 1024;
    };
    for (const [bare, ours] of [
      ['pg', '@azure-pg/pg'],
      ['postgres', '@azure-pg/postgresjs'],
    ] as const) {
      const [one, other] = [await grown(bare), await grown(ours)];
      rows.push([ours, `${one.toFixed(1)} kB`, `${other.toFixed(1)} kB`, (other / one).toFixed(2)]);
    }
    return { head: ['', 'bare', 'ours', 'ratio'], rows };
  },
};
