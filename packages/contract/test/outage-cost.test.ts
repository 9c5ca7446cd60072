import { describe, expect, it } from 'vitest';
import type { Write } from '../../../benchmarks/failover-child.ts';
import { type Cost, complaints, costOf } from '../../../benchmarks/outage-cost.ts';

// The service is away from 100 to 200; at 2000 what was unanswered is ended.
const moments = { away: 100, back: 200, given: 2000 };
const outage = { title: '', lasts: 100, begin: async () => {}, end: async () => {} };

const written = (worker: number, began: number, ended: number, error?: string): Write => ({
  worker,
  ids: [`${worker}.${began}/1`, `${worker}.${began}/2`],
  began,
  ended,
  error,
});
const cost = (writes: readonly Write[], rows: readonly string[], workers = 1): Cost =>
  costOf({ writes, unanswered: 0, unhandled: [] }, countOf(rows), moments, workers);
const countOf = (rows: readonly string[]): Map<string, number> => {
  const counts = new Map<string, number>();
  for (const row of rows) counts.set(row, (counts.get(row) ?? 0) + 1);
  return counts;
};

describe('what is looked up', () => {
  it.each([
    ['lost', written(0, 210, 220), []],
    ['lost', written(0, 210, 220), ['0.210/1']],
    ['repeated', written(0, 210, 220), ['0.210/1', '0.210/2', '0.210/2']],
    ['unreported', written(0, 90, 110, 'ECONNRESET'), ['0.90/1', '0.90/2']],
    ['halves', written(0, 90, 110, 'ECONNRESET'), ['0.90/1']],
  ] as const)('%s', (what, write, rows) => {
    const counts = cost([write], rows);
    expect(counts[what]).toBe(1);
    const others = (['lost', 'repeated', 'unreported', 'halves'] as const).filter((name) => name !== what);
    expect(others.filter((name) => counts[name] > 0)).toEqual([]);
  });
});

it('a failure belongs to the time when its write began', () => {
  const failed = (began: number, ended: number): Write => written(0, began, ended, 'ECONNREFUSED');
  const counts = cost([failed(90, 300), failed(100, 300), failed(199, 300), failed(200, 300)], []);
  expect(counts).toMatchObject({ inFlight: 1, during: 2, after: 1, stuck: 0 });
});

it('what is answered only because it was ended is stuck, whatever it says', () => {
  const counts = cost([written(0, 150, 2005, 'ECONNRESET'), written(1, 210, 260)], ['1.210/1', '1.210/2'], 2);
  expect(counts).toMatchObject({ stuck: 1, during: 0, first: 60, all: 60 });
  expect(complaints(counts, outage)).toEqual(['1 stuck']);
});

it('and so is what waited for its connection; what began just before is not', () => {
  const writes = [written(0, 150, 2005), written(1, 1990, 2005)];
  const counts = cost(
    writes,
    writes.flatMap(({ ids }) => ids),
    1,
  );
  expect(counts).toMatchObject({ stuck: 1, first: undefined, all: undefined });
});

it('the recovery is counted from the return of the service, by the first write of each worker', () => {
  const writes = [written(0, 150, 230), written(0, 240, 250), written(1, 260, 300)];
  const rows = writes.flatMap(({ ids }) => ids);
  expect(cost(writes, rows, 2)).toMatchObject({ first: 30, all: 100 });
  expect(cost(writes, rows, 3)).toMatchObject({ first: 30, all: undefined });
});

it('one of ours is blamed for all that is not promised', () => {
  const fine = cost([written(0, 150, 230)], ['0.150/1', '0.150/2']);
  expect(complaints(fine, outage)).toEqual([]);
  const bad = {
    ...fine,
    lost: 1,
    repeated: 1,
    halves: 1,
    during: 1,
    after: 1,
    first: 3001,
    all: 4001,
    stuck: 1,
  };
  expect(complaints(bad, outage)).toHaveLength(8);
  expect(complaints({ ...bad, unhandled: ['x'] }, outage)).toHaveLength(9);
});
