import { expect, test, vi } from 'vitest';
import {
  isTooLongForPooler,
  longestPoolerPassword,
  warnOfLongToken,
} from '../../src/pooling/token-length.ts';

test('2,047 bytes fit, and bytes are counted, not characters', () => {
  expect(isTooLongForPooler('x'.repeat(longestPoolerPassword))).toBe(false);
  expect(isTooLongForPooler('x'.repeat(longestPoolerPassword + 1))).toBe(true);
  expect(isTooLongForPooler('é'.repeat(1024))).toBe(true);
});

test('a token that the pooler will refuse is warned of once, and not shown', () => {
  const warn = vi.fn();
  const canary = 'CANARY'.repeat(400);
  const connection = (poolMode: 'none' | 'transaction' | 'session') => ({
    pooling: { poolMode, maxPreparedStatements: 0 },
    logger: { warn },
  });
  warnOfLongToken(connection('none'), canary);
  warnOfLongToken(connection('transaction'), 'short');
  expect(warn).not.toHaveBeenCalled();
  warnOfLongToken(connection('transaction'), canary);
  warnOfLongToken(connection('session'), canary);
  expect(warn).toHaveBeenCalledTimes(1);
  expect(warn.mock.calls[0]?.[0]).toContain('2400 bytes');
  expect(JSON.stringify(warn.mock.calls)).not.toContain('CANARY');
});
