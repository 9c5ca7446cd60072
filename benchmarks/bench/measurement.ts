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
