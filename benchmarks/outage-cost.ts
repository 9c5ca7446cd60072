// What an outage cost one client: its writes against the rows that are there.
import type { Report, Write } from './failover-child.ts';
import type { Outage } from './outages.ts';

/** In milliseconds of `Date.now()`. */
export interface Moments {
  /** No connection of before can be used any more; the service is back. */
  readonly away: number;
  readonly back: number;
  /** What was still unanswered was ended. */
  readonly given: number;
}

export interface Cost {
  readonly writes: number;
  /** Reported as done, and not there, or in half. */
  readonly lost: number;
  /** There more than once. */
  readonly repeated: number;
  /** Reported as failed, and there: the answer was lost. */
  readonly unreported: number;
  /** A failed transaction of which one row is there. */
  readonly halves: number;
  /** Failures of what began before the service was away, while it was, and after it was back. */
  readonly inFlight: number;
  readonly during: number;
  readonly after: number;
  /** Milliseconds from the service's return to the first write that was done, and until all workers that were not stuck had one; undefined: never. */
  readonly first: number | undefined;
  readonly all: number | undefined;
  /** Writes that had waited for long, also for a connection, and were not answered until what hung was ended. */
  readonly stuck: number;
  /** Each kind of error of the failures, and how often. */
  readonly errors: ReadonlyMap<string, number>;
  readonly unhandled: readonly string[];
}

/** Milliseconds; a write that waits for longer hangs. */
const patience = 1000;

export function costOf(
  { writes, unanswered, unhandled }: Report,
  rows: ReadonlyMap<string, number>,
  { away, back, given }: Moments,
  workers: number,
): Cost {
  const timesOf = (id: string): number => rows.get(id) ?? 0;
  const isThere = ({ ids }: Write): boolean => ids.every((id) => timesOf(id) > 0);
  const done = writes.filter(({ error }) => error === undefined);
  const failed = writes.filter(({ error }) => error !== undefined);
  const answered = failed.filter(({ ended }) => ended < given);
  const firsts = new Map<number, number>();
  for (const { worker, ended } of done) {
    if (ended >= back && ended < given) firsts.set(worker, Math.min(ended, firsts.get(worker) ?? ended));
  }
  const stuck = writes.filter(({ began, ended }) => ended >= given && given - began > patience);
  const afterBack = [...firsts.values()].map((ended) => ended - back);
  const errors = new Map<string, number>();
  for (const { error = '', began, ended } of failed) {
    const when = began < away ? 'in flight' : began < back ? 'during' : 'after';
    const kind = `${when}${ended < given ? '' : ', ended by us'}: ${error}`;
    errors.set(kind, (errors.get(kind) ?? 0) + 1);
  }
  return {
    writes: writes.length,
    lost: done.filter((write) => !isThere(write)).length,
    repeated: writes.filter(({ ids }) => ids.some((id) => timesOf(id) > 1)).length,
    unreported: failed.filter(isThere).length,
    halves: failed.filter((write) => !isThere(write) && write.ids.some((id) => timesOf(id) > 0)).length,
    inFlight: answered.filter(({ began }) => began < away).length,
    during: answered.filter(({ began }) => began >= away && began < back).length,
    after: answered.filter(({ began }) => began >= back).length,
    first: afterBack.length === 0 ? undefined : Math.min(...afterBack),
    all:
      afterBack.length === 0 || afterBack.length + stuck.length + unanswered < workers
        ? undefined
        : Math.max(...afterBack),
    stuck: stuck.length + unanswered,
    errors,
    unhandled,
  };
}

/** The longest wait between two attempts to connect. */
const backoff = 2000;

/** In what one of ours was worse than docs/reliability.md says. */
export function complaints(
  cost: Cost,
  { detection = 0, refusesItself = false, knownStuck = false }: Outage,
): string[] {
  const { lost, repeated, halves, during, after, first, all, stuck, unhandled } = cost;
  const isLate = (limit: number, value: number | undefined): boolean =>
    (value ?? Number.POSITIVE_INFINITY) > limit + backoff + detection;
  const found: [string, boolean][] = [
    [`${lost} lost`, lost > 0],
    [`${repeated} written more than once`, repeated > 0],
    [`${halves} in half`, halves > 0],
    [`${unhandled.length} unhandled errors`, unhandled.length > 0],
    [`${during} failed during`, !refusesItself && during > 0],
    [`${after} failed after`, after > 0],
    [`the first write came after ${first} ms`, !knownStuck && isLate(1000, first)],
    [`all workers wrote after ${all} ms`, !knownStuck && isLate(2000, all)],
    [`${stuck} stuck`, !knownStuck && stuck > 0],
  ];
  return found.filter(([, wrong]) => wrong).map(([words]) => words);
}
