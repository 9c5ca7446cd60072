import driver from 'postgres';
import oldest from 'postgres-oldest';
import { expect, test } from 'vitest';

test('the postgres.js under test is the one that was asked for', () => {
  expect(Object.is(driver, oldest)).toBe(process.env.DRIVER_VERSION_UNDER_TEST === 'oldest');
});
