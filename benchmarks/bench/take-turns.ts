import { median, quantile } from 'simple-statistics';

/** One stretch of work: how many times it was done in how many milliseconds, and the processor's of this process. */
export interface Stretch {
  readonly count: number;
  readonly wall: number;
  readonly cpu: number;
}

/** What the bare driver and ours did, in turn. */
export interface Turns {
  readonly bare: readonly Stretch[];
  readonly ours: readonly Stretch[];
}

/** Does both in turn, so that whatever else the machine does meets both; which goes first in one round goes second in the next. */
export async function takeTurns(
  rounds: number,
  bare: () => Promise<Stretch>,
  ours: () => Promise<Stretch>,
): Promise<Turns> {
  const turns = { bare: [] as Stretch[], ours: [] as Stretch[] };
  for (let round = 0; round < rounds; round++) {
    if (round % 2 === 0) turns.bare.push(await bare());
    turns.ours.push(await ours());
    if (round % 2 === 1) turns.bare.push(await bare());
  }
  return turns;
}

/** What some work costs, which says how many times it was done. */
export async function timed(work: () => Promise<number>): Promise<Stretch> {
  const processor = process.cpuUsage();
  const begun = performance.now();
  const count = await work();
  const { user, system } = process.cpuUsage(processor);
  return { count, wall: performance.now() - begun, cpu: (user + system) / 1000 };
}

/** Does one thing over and over for some milliseconds, so many at a time. */
export function stretch(
  milliseconds: number,
  atOnce: number,
  work: () => Promise<unknown>,
): Promise<Stretch> {
  return timed(async () => {
    const end = performance.now() + milliseconds;
    let count = 0;
    const worker = async (): Promise<void> => {
      while (performance.now() < end) {
        await work();
        count++;
      }
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
    return count;
  });
}

export const perSecond = ({ count, wall }: Stretch): number => (count / wall) * 1000;
/** Microseconds of the processor for one. */
export const cost = ({ count, cpu }: Stretch): number => (cpu / count) * 1000;

/** The ratio ours/bare of each round: its median, and in brackets the middle half of them. */
export function ratio({ bare, ours }: Turns, figure: (stretch: Stretch) => number): string {
  const ratios = ours.map((one, round) => figure(one) / figure(bare[round] as Stretch));
  return spread(ratios, 2);
}

/** The median, and in brackets the middle half. */
export function spread(values: readonly number[], digits: number): string {
  const all = [...values];
  const [low, high] = [quantile(all, 0.25), quantile(all, 0.75)];
  return `${median(all).toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`;
}

export const middle = (values: readonly number[]): number => median([...values]);
