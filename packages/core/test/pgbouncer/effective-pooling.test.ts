import { afterEach, describe, expect, test, vi } from 'vitest';
import type { AzureConnection, Pooling } from '../../src/connection/connection.ts';
import type { DetectedPooling } from '../../src/pooler-detection/detected-pooling.ts';
import {
  effectivePooling,
  forgetPooling,
  poolingOf,
  rememberedPooling,
} from '../../src/pooler-detection/effective-pooling.ts';
import { resolveConnection } from '../../src/settings/resolve/resolve-connection.ts';

const found: DetectedPooling = { poolMode: 'transaction', preparedStatements: true, evidence: [] };
const unknown: DetectedPooling = {
  poolMode: 'unknown',
  preparedStatements: 'unknown',
  evidence: ['no answer'],
};
const connection = (query = 'pool_mode=detect', database = 'd'): AzureConnection =>
  resolveConnection(`postgresql://u:p@localhost:7777/${database}?${query}`, undefined, {});

afterEach(() => {
  forgetPooling(connection());
  vi.useRealTimers();
});

describe('effectivePooling', () => {
  test('a declared mode is believed, and nobody is asked', async () => {
    const detect = vi.fn();
    const declared = connection('pool_mode=statement&max_prepared_statements=7');
    expect(await effectivePooling(declared, { detect })).toEqual({
      poolMode: 'statement',
      maxPreparedStatements: 7,
    });
    expect(rememberedPooling(declared)).toBe(declared.pooling);
    expect(detect).not.toHaveBeenCalled();
  });

  test('a hundred connections that open at once ask once', async () => {
    const detect = vi.fn(async () => found);
    const all = await Promise.all(
      Array.from({ length: 100 }, () => effectivePooling(connection(), { detect })),
    );
    expect(new Set(all.map((each) => each.poolMode))).toEqual(new Set(['transaction']));
    await effectivePooling(connection(), { detect });
    expect(detect).toHaveBeenCalledTimes(1);
  });

  test('other databases and roles are asked for themselves: pools may differ', async () => {
    const detect = vi.fn(async () => found);
    const others = [connection(), connection('pool_mode=detect', 'e'), connection('pool_mode=detect&user=v')];
    for (const each of others) await effectivePooling(each, { detect });
    expect(detect).toHaveBeenCalledTimes(3);
    for (const each of others) forgetPooling(each);
  });

  test('a failure reaches all who wait, and the next connection asks again', async () => {
    const detect = vi.fn().mockRejectedValueOnce(new Error('down')).mockResolvedValue(found);
    const both = await Promise.allSettled([1, 2].map(() => effectivePooling(connection(), { detect })));
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(rememberedPooling(connection())).toBeUndefined();
    expect(await effectivePooling(connection(), { detect })).toMatchObject({ poolMode: 'transaction' });
    expect(detect).toHaveBeenCalledTimes(2);
  });

  test('who gives up waiting does not take the answer from others', async () => {
    let answer: (value: DetectedPooling) => void = () => {};
    const detect = vi.fn(() => new Promise<DetectedPooling>((resolve) => (answer = resolve)));
    const abort = new AbortController();
    const impatient = effectivePooling(connection(), { detect, signal: abort.signal });
    const patient = effectivePooling(connection(), { detect });
    abort.abort(new Error('enough'));
    await expect(impatient).rejects.toThrow('enough');
    answer(found);
    expect(await patient).toMatchObject({ poolMode: 'transaction' });
  });

  test('what is unknown is treated as Azure’s default, and asked again after a minute', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const detect = vi.fn(async () => unknown);
    expect(await effectivePooling(connection(), { detect })).toEqual({
      poolMode: 'transaction',
      maxPreparedStatements: 0,
    });
    await effectivePooling(connection(), { detect });
    expect(detect).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(61_000);
    await effectivePooling(connection(), { detect });
    expect(detect).toHaveBeenCalledTimes(2);
  });

  test('a pooler that was given other settings is noticed after ten minutes, and nobody waits for it', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const changed: DetectedPooling = { poolMode: 'statement', preparedStatements: false, evidence: [] };
    const detect = vi
      .fn()
      .mockResolvedValueOnce(found)
      .mockRejectedValueOnce(new Error('down'))
      .mockResolvedValue(changed);
    const ask = () => effectivePooling(connection(), { detect });
    await ask();
    vi.advanceTimersByTime(9 * 60_000);
    await ask();
    expect(detect).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(2 * 60_000);
    // The server is down as it is asked again: what was known holds, and it is asked once more a minute later.
    expect((await Promise.all([ask(), ask()])).map(({ poolMode }) => poolMode)).toEqual([
      'transaction',
      'transaction',
    ]);
    expect(detect).toHaveBeenCalledTimes(2);
    vi.advanceTimersByTime(61_000);
    expect(await ask()).toMatchObject({ poolMode: 'transaction' });
    await vi.waitFor(() => expect(rememberedPooling(connection())).toMatchObject({ poolMode: 'statement' }));
    expect(detect).toHaveBeenCalledTimes(3);
  });

  test('what was forgotten is asked again', async () => {
    const detect = vi.fn(async () => found);
    await effectivePooling(connection(), { detect });
    expect(rememberedPooling(connection())).toMatchObject({ poolMode: 'transaction' });
    forgetPooling(connection());
    expect(rememberedPooling(connection())).toBeUndefined();
    await effectivePooling(connection(), { detect });
    expect(detect).toHaveBeenCalledTimes(2);
  });

  test('another copy of this package in the process knows what this one found', async () => {
    await effectivePooling(connection(), { detect: async () => found });
    vi.resetModules();
    const copy = await import('../../src/pooler-detection/effective-pooling.ts');
    expect(copy.rememberedPooling).not.toBe(rememberedPooling);
    expect(copy.rememberedPooling(connection())).toMatchObject({ poolMode: 'transaction' });
  });
});

test.each<[Omit<DetectedPooling, 'evidence'>, Pooling]>([
  [
    { poolMode: 'none', preparedStatements: true },
    { poolMode: 'none', maxPreparedStatements: 0 },
  ],
  [
    { poolMode: 'session', preparedStatements: true },
    { poolMode: 'session', maxPreparedStatements: 1 },
  ],
  [
    { poolMode: 'transaction', preparedStatements: false },
    { poolMode: 'transaction', maxPreparedStatements: 0 },
  ],
  [
    { poolMode: 'transaction', preparedStatements: 'unknown' },
    { poolMode: 'transaction', maxPreparedStatements: 0 },
  ],
  [
    { poolMode: 'transaction', preparedStatements: true },
    { poolMode: 'transaction', maxPreparedStatements: 1 },
  ],
  [
    { poolMode: 'transaction', preparedStatements: true, maxPreparedStatements: 200 },
    { poolMode: 'transaction', maxPreparedStatements: 200 },
  ],
  [
    { poolMode: 'unknown', preparedStatements: true },
    { poolMode: 'transaction', maxPreparedStatements: 1 },
  ],
  [
    { poolMode: 'unknown', preparedStatements: 'unknown' },
    { poolMode: 'transaction', maxPreparedStatements: 0 },
  ],
])('adapters obey %o as %o', (detected, pooling) => {
  expect(poolingOf({ ...detected, evidence: [] })).toEqual(pooling);
});
