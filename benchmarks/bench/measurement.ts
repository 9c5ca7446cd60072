import type { Servers } from './servers.ts';

/** A table of results. */
export interface Table {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What the command line asks for. */
interface Asked {
  /** 1; less for fewer rounds. */
  readonly scale: number;
  /** Of `queries`: these adapters alone. */
  readonly adapters: readonly string[] | undefined;
}

/** One of the things that `npm run bench` measures. */
export interface Measurement {
  readonly title: string;
  /** What is done, and against what. */
  readonly how: string;
  run(servers: Servers, asked: Asked): Promise<Table>;
}

/** So many rounds, and at least a few. */
export const scaled = (rounds: number, scale: number): number => Math.max(3, Math.round(rounds * scale));

export function markdown({ head, rows }: Table): string {
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]): string =>
    `| ${widths.map((width, column) => (row[column] ?? '').padEnd(width)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}
