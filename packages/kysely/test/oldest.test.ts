import { PostgresDriver } from 'kysely';
import { expect, test } from 'vitest';
import { oldest } from './entries.ts';

test('the Kysely under test is the one that was asked for', () => {
  // Discarding a broken connection is new in 0.29.
  expect(PostgresDriver.toString().includes('DISCARD')).toBe(!oldest);
});
